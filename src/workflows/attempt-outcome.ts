import type { RenderResult, SendResult } from '../activities/contract.ts';
import type { DeliveryEvent } from '../domain/delivery.ts';
import type { Failure } from '../domain/failures.ts';
import type { Arrival } from './inbox.ts';

/** Who is named where nobody asked for a step. */
export const SYSTEM = 'system';

/** What it means for a message that an attempt was not made. */
export function outcomeOfRendering(result: Exclude<RenderResult, { do: 'send' }>): Arrival {
  if (result.do !== 'replan') return { event: eventOfRendering(result), actor: SYSTEM };
  const { plan, policy, labels } = result;
  // What was recorded by an earlier version has nothing else with it.
  const more = { ...(policy !== undefined && { policy }), ...(labels !== undefined && { labels }) };
  return { event: { type: 'plan_changed', plan }, actor: SYSTEM, ...more };
}

function eventOfRendering(result: Exclude<RenderResult, { do: 'send' | 'replan' }>): DeliveryEvent {
  switch (result.do) {
    case 'accept':
      return { type: 'accepted' };
    case 'fail':
      return failed(result.failure);
    case 'postpone':
      return { type: 'postponed', until: Date.parse(result.until) };
    case 'acknowledge':
      return { type: 'acknowledge', channel: result.channel };
    case 'expire':
      return { type: 'expired' };
    case 'stop':
      return { type: 'cancel' };
  }
}

/** What a call to a provider, or its omission, means for a message. */
export function outcomeOfCall(result: SendResult): Arrival {
  return { event: eventOfCall(result), actor: SYSTEM };
}

function eventOfCall(result: SendResult): DeliveryEvent {
  switch (result.outcome) {
    case 'accepted':
      return { type: 'accepted' };
    case 'failed':
      return failed(result.failure);
    case 'expired':
      return { type: 'expired' };
    case 'overtaken':
      return { type: 'receipt', status: result.status, channel: result.channel };
    case 'acknowledged':
      return { type: 'acknowledge', channel: result.channel };
    case 'stopped':
      return { type: 'cancel' };
  }
}

function failed(failure: Failure): DeliveryEvent {
  return { type: 'failed', failure, random: Math.random() };
}
