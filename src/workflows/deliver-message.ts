import {
  CancellationScope,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChannelActivities, LocalActivities } from '../activities/contract.ts';
import type { Channel } from '../domain/channels.ts';
import { advance, beginDelivery, type Delivery, type DeliveryEvent, resumeDelivery } from '../domain/delivery.ts';
import { channelTaskQueue, type DeliverMessageInput, type DeliverMessageResult } from './contract.ts';
import { describeDelivery } from './current-details.ts';
import { type Arrival, openInbox } from './inbox.ts';
import { changedSearchAttributes } from './search-attributes.ts';
import { type TimelineEntry, timelineEntry } from './timeline.ts';

const SYSTEM = 'system';

const local = proxyLocalActivities<LocalActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/**
 * One message, from acceptance to its end: wait until it is due, render, send, record, ask the domain what comes
 * next, and wait for time, a receipt or an operator.
 */
export async function deliverMessage(input: DeliverMessageInput): Promise<DeliverMessageResult> {
  const inbox = openInbox();
  return await CancellationScope.nonCancellable(() => deliver(input, inbox));
}

async function deliver(input: DeliverMessageInput, inbox: Arrival[]): Promise<DeliverMessageResult> {
  const { messageId, plan, policy, past } = input;
  const { runId } = workflowInfo();
  let delivery = past === null ? beginDelivery(plan, Date.now()) : resumeDelivery(plan, past, Date.now());
  let attempts = 0;
  for (let step = 1; ; step += 1) {
    setCurrentDetails(describeDelivery(delivery, attempts));
    if (delivery.next.do === 'end' && inbox.length === 0) break;
    const token = `${runId}:${step}`;
    if (delivery.next.do === 'attempt' && inbox.length === 0) attempts += 1;
    const arrival = await nextArrival(messageId, delivery, inbox, token);
    const before = delivery;
    delivery = advance(before, arrival.event, policy, Date.now());
    const entry = timelineEntry(before, delivery, arrival.event);
    if (entry !== null) await record(messageId, delivery, { ...entry, actor: arrival.actor }, token);
    const changes = changedSearchAttributes(before, delivery);
    if (changes.length > 0) upsertSearchAttributes(changes);
  }
  return { status: delivery.status, channel: delivery.channel, errorCode: delivery.failure?.code ?? null };
}

async function nextArrival(messageId: string, delivery: Delivery, inbox: Arrival[], token: string): Promise<Arrival> {
  const first = inbox.shift();
  if (first !== undefined) return first;
  if (delivery.next.do === 'attempt') return { event: await attempt(messageId, delivery, token), actor: SYSTEM };
  if (delivery.next.do === 'wait') {
    const milliseconds = delivery.next.until - Date.now();
    if (milliseconds > 0) {
      await condition(() => inbox.length > 0, milliseconds, { summary: `waiting for ${delivery.next.for}` });
    }
  }
  return inbox.shift() ?? { event: { type: 'time_passed' }, actor: SYSTEM };
}

async function attempt(messageId: string, delivery: Delivery, token: string): Promise<DeliveryEvent> {
  const { channel, plan } = delivery;
  const rendered = await local.render({ messageId, channel, planRevision: plan.revision, token });
  switch (rendered.do) {
    case 'send': {
      const sent = await channelActivities(channel, rendered.sender).send({ messageId, attemptId: rendered.attemptId });
      if (sent.outcome === 'stopped') return { type: 'cancel' };
      if (sent.outcome === 'accepted') return { type: 'accepted' };
      return { type: 'failed', failure: sent.failure, random: Math.random() };
    }
    case 'accept':
      return { type: 'accepted' };
    case 'fail':
      return { type: 'failed', failure: rendered.failure, random: Math.random() };
    case 'replan':
      return { type: 'plan_changed', plan: rendered.plan };
    case 'stop':
      return { type: 'cancel' };
  }
}

/** The provider is called on the channel's own task queue; a worker that dies during the call is noticed by its silence. */
function channelActivities(channel: Channel, sender?: string) {
  return proxyActivities<ChannelActivities>({
    taskQueue: channelTaskQueue(channel, sender),
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: '15 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
    summary: channel,
  });
}

async function record(
  messageId: string,
  delivery: Delivery,
  event: TimelineEntry & { actor: string },
  token: string,
): Promise<void> {
  const { status, channel, failure, next } = delivery;
  await local.record({
    ...{ messageId, token, status, channel, failure },
    waitingFor: next.do === 'wait' ? next.for : null,
    waitingUntil: next.do === 'wait' ? new Date(next.until).toISOString() : null,
    event,
  });
}
