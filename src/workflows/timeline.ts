import type { Channel } from '../domain/channels.ts';
import { type Delivery, type DeliveryEvent, isUnacknowledged } from '../domain/delivery.ts';

export interface TimelineEntry {
  readonly type: string;
  readonly channel: Channel;
  readonly detail: string | null;
}

/** How a step reads in a message's timeline; null where nothing worth keeping happened. */
export function timelineEntry(before: Delivery, after: Delivery, event: DeliveryEvent): TimelineEntry | null {
  const { channel } = after;
  switch (event.type) {
    case 'accepted':
      return { type: 'sent', channel: before.channel, detail: null };
    case 'failed':
      return { type: 'attempt_failed', channel: before.channel, detail: event.failure.code };
    case 'time_passed':
      return afterTime(before, after);
    case 'expired':
      return { type: 'expired', channel, detail: null };
    case 'postponed':
      return { type: 'postponed', channel, detail: new Date(event.until).toISOString() };
    case 'acknowledge':
      return after === before ? null : { type: 'acknowledged', channel, detail: null };
    case 'plan_changed':
      return after === before ? null : { type: 'plan_changed', channel, detail: after.plan.channels.join(',') };
    case 'receipt':
      return after === before
        ? null
        : { type: 'receipt_applied', channel: event.channel, detail: event.failure?.code ?? event.status };
    case 'record_again':
      return { type: 'reconciled', channel, detail: null };
    case 'retry':
    case 'switch_channel':
    case 'cancel':
    case 'resolve':
      // Kept even where the state made it void, so that nobody wonders what became of it.
      return { type: event.type, channel, detail: after === before ? 'had no effect in this state' : null };
  }
}

function afterTime(before: Delivery, after: Delivery): TimelineEntry | null {
  const { channel } = after;
  if (after.failure?.code === 'expired') return { type: 'expired', channel, detail: null };
  if (isUnacknowledged(after) && !isUnacknowledged(before)) return { type: 'not_acknowledged', channel, detail: null };
  if (after.next.do === 'end') {
    return { type: 'wait_ended', channel, detail: before.next.do === 'wait' ? before.next.for : null };
  }
  const round = after.round > before.round ? `round ${after.round}` : null;
  return channel === before.channel && round === null ? null : { type: 'escalated', channel, detail: round };
}
