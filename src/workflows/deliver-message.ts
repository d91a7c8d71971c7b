import {
  ActivityFailure,
  CancellationScope,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  TimeoutFailure,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChannelActivities, LocalActivities } from '../activities/contract.ts';
import { advance } from '../domain/advance.ts';
import { beginDelivery, resumeDelivery } from '../domain/begin-delivery.ts';
import type { Delivery } from '../domain/delivery.ts';
import type { Labels } from '../domain/plan.ts';
import type { Priority } from '../domain/statuses.ts';
import { outcomeOfCall, outcomeOfRendering, SYSTEM } from './attempt-outcome.ts';
import {
  changeableMemo,
  channelTaskQueue,
  type DeliverMessageInput,
  type DeliverMessageResult,
  PRIORITY_KEYS,
} from './contract.ts';
import { describeDelivery } from './current-details.ts';
import { type Arrival, openInbox } from './inbox.ts';
import { changedLabels, changedSearchAttributes } from './search-attributes.ts';
import { type TimelineEntry, timelineEntry } from './timeline.ts';

/** The shortest time that a call may wait for a worker, in milliseconds: clocks differ. */
const MIN_PATIENCE_MS = 1_000;

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
  const { messageId, plan, past } = input;
  let { policy } = input;
  const { runId } = workflowInfo();
  let delivery = past === null ? beginDelivery(plan, Date.now()) : resumeDelivery(plan, past, Date.now());
  let priority: Priority | null = null;
  let attempts = 0;
  for (let step = 1; ; step += 1) {
    setCurrentDetails(describeDelivery(delivery, attempts));
    if (delivery.next.do === 'end' && inbox.length === 0) break;
    const token = `${runId}:${step}`;
    if (delivery.next.do === 'attempt' && inbox.length === 0) attempts += 1;
    const arrival = await nextArrival({ messageId, priority, delivery, token }, inbox);
    const before = delivery;
    policy = arrival.policy ?? policy;
    delivery = advance(before, arrival.event, policy, Date.now());
    priority = arrival.labels?.priority ?? priority;
    const entry = timelineEntry(before, delivery, arrival.event);
    if (entry !== null) await record(messageId, delivery, { ...entry, actor: arrival.actor }, token);
    show(before, delivery, arrival.labels ?? null);
  }
  return { status: delivery.status, channel: delivery.channel, errorCode: delivery.failure?.code ?? null };
}

/** What has changed is changed in the Temporal UI as well; labels are there where the sender may have changed them. */
function show(before: Delivery, after: Delivery, labels: Labels | null): void {
  const changes = changedSearchAttributes(before, after);
  if (labels !== null) {
    changes.push(...changedLabels(workflowInfo().typedSearchAttributes, labels));
    upsertMemo(changeableMemo(after.plan, labels));
  }
  if (changes.length > 0) upsertSearchAttributes(changes);
}

interface Step {
  readonly messageId: string;
  /** Null where it is still the one that the workflow was started with. */
  readonly priority: Priority | null;
  readonly delivery: Delivery;
  readonly token: string;
}

async function nextArrival(step: Step, inbox: Arrival[]): Promise<Arrival> {
  const { delivery } = step;
  const first = inbox.shift();
  if (first !== undefined) return first;
  if (delivery.next.do === 'attempt') return await attempt(step);
  if (delivery.next.do === 'wait') {
    const milliseconds = delivery.next.until - Date.now();
    if (milliseconds > 0) {
      await condition(() => inbox.length > 0, milliseconds, { summary: `waiting for ${delivery.next.for}` });
    }
  }
  return inbox.shift() ?? { event: { type: 'time_passed' }, actor: SYSTEM };
}

async function attempt({ messageId, priority, delivery, token }: Step): Promise<Arrival> {
  const { channel, plan, next } = delivery;
  const evenIfQuiet = next.do === 'attempt' && next.evenIfQuiet === true;
  const input = { messageId, channel, planRevision: plan.revision, ...(evenIfQuiet && { evenIfQuiet }), token };
  for (;;) {
    const rendered = await local.render(input);
    if (rendered.do !== 'send') return outcomeOfRendering(rendered);
    const { attemptId, sender } = rendered;
    try {
      return outcomeOfCall(await channelActivities(delivery, priority, sender).send({ messageId, attemptId }));
    } catch (error) {
      // No worker took the call before the message expired: rendering again finds out what became of the attempt.
      if (!isNeverStarted(error)) throw error;
    }
  }
}

/**
 * The provider is called on the channel's own task queue; a worker that dies during the call is noticed by its silence.
 * A call that no worker takes does not outlive the message.
 */
function channelActivities({ channel, plan }: Delivery, priority: Priority | null, sender?: string) {
  const { expiresAt } = plan;
  const patience = expiresAt === null ? null : Math.max(Date.parse(expiresAt) - Date.now(), MIN_PATIENCE_MS);
  return proxyActivities<ChannelActivities>({
    taskQueue: channelTaskQueue(channel, sender),
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: '15 seconds',
    ...(patience !== null && { scheduleToStartTimeout: patience }),
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
    ...(priority !== null && { priority: { ...workflowInfo().priority, priorityKey: PRIORITY_KEYS[priority] } }),
    summary: channel,
  });
}

function isNeverStarted(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof TimeoutFailure)) return false;
  return error.cause.timeoutType === 'SCHEDULE_TO_START';
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
    hasEnded: next.do === 'end',
    event,
  });
}
