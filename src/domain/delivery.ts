import type { Channel } from './channels.ts';
import type { Failure } from './failures.ts';
import type { Plan } from './plan.ts';
import { type ChannelPolicy, JITTER, type Policy } from './policy.ts';
import {
  type DeliveryStatus,
  isDeliveryFailure,
  type MessageStatus,
  reachesGoal,
  type WaitingFor,
} from './statuses.ts';

/** Where a message stands, and what its workflow does next. A value: `advance` makes a new one. */
export interface Delivery {
  readonly plan: Plan;
  readonly status: MessageStatus;
  /** The channel in use. */
  readonly channel: Channel;
  /** Channels that have failed, or stayed silent, in this run of the plan. */
  readonly usedUp: readonly Channel[];
  /** Channels whose provider has taken the message and has not said since that it could not be delivered. */
  readonly takenBy: readonly Channel[];
  readonly attemptsOnChannel: number;
  readonly throttlesOnChannel: number;
  /** Why the message is where it is; null while all is well. */
  readonly failure: Failure | null;
  readonly next: NextAction;
}

export type NextAction =
  | { readonly do: 'attempt' }
  | { readonly do: 'wait'; readonly for: WaitingFor; readonly until: number }
  | { readonly do: 'end' };

/** What a provider, or a person's reading, says of a message that a channel has taken. */
export interface Receipt {
  readonly type: 'receipt';
  readonly status: DeliveryStatus;
  readonly channel: Channel;
  /** Why it could not be delivered; left out where that is not known. */
  readonly failure?: Failure;
  /** As for a failure. */
  readonly random?: number;
}

/** What can happen to a message. `random` is a number from 0 to 1 that spreads the delay. */
export type DeliveryEvent =
  | { readonly type: 'accepted' }
  | { readonly type: 'failed'; readonly failure: Failure; readonly random: number }
  | { readonly type: 'time_passed' }
  | { readonly type: 'plan_changed'; readonly plan: Plan }
  | Receipt
  | { readonly type: 'retry' }
  /** Null where the operator named no channel that there is. */
  | { readonly type: 'switch_channel'; readonly channel: Channel | null }
  | { readonly type: 'cancel' }
  | { readonly type: 'resolve' };

const CANCELLED: Failure = { kind: 'rejected', code: 'cancelled' };
const EXPIRED: Failure = { kind: 'rejected', code: 'expired' };

/** Where a newly accepted message stands. Times are milliseconds since the epoch. */
export function beginDelivery(plan: Plan, now: number): Delivery {
  const delivery: Delivery = {
    plan,
    status: 'pending',
    channel: firstChannel(plan),
    usedUp: [],
    takenBy: [],
    attemptsOnChannel: 0,
    throttlesOnChannel: 0,
    failure: null,
    next: { do: 'attempt' },
  };
  const due = plan.sendAt === null ? now : Date.parse(plan.sendAt);
  // What has expired on arrival waits too, for no time at all, so that its end is an event that is kept.
  return due > now || isExpired(plan, now) ? wait(delivery, 'schedule', due) : delivery;
}

/** What is known of a message whose workflow had ended. */
export interface Past {
  readonly status: MessageStatus;
  readonly channel: Channel;
  readonly failure: Failure | null;
  /** Attempts that the channel has had; left out by earlier versions. */
  readonly attempts?: number;
}

/** Where a message stands whose workflow had ended: what woke it decides whether there is more to do. */
export function resumeDelivery(plan: Plan, past: Past, now: number): Delivery {
  if (past.status === 'pending') return { ...beginDelivery(plan, now), channel: past.channel };
  const { status, channel, failure } = past;
  const tried = status === 'failed' ? plan.channels : plan.channels.slice(0, plan.channels.indexOf(channel));
  const usedUp = status === 'failed' ? [...new Set([...tried, channel])] : tried;
  const takenBy = status === 'sent' ? [channel] : [];
  return {
    ...{ plan, status, channel, usedUp, takenBy, failure, throttlesOnChannel: 0 },
    // The last one was taken, so it has not failed yet; the count keeps a life from going round for ever.
    attemptsOnChannel: Math.max(0, (past.attempts ?? 0) - 1),
    next: { do: 'end' },
  };
}

/**
 * The one place that decides what happens next to a message. It always comes to an end, never attempts after expiry
 * or cancellation, and skips no channel that could still work. What changes nothing gives back the same value.
 * @param now milliseconds since the epoch
 */
export function advance(delivery: Delivery, event: DeliveryEvent, policy: Policy, now: number): Delivery {
  if (delivery.next.do === 'end' && !canWake(delivery, event)) return delivery;
  switch (event.type) {
    case 'accepted':
      return afterAcceptance(delivery, now);
    case 'failed':
      return afterFailure(delivery, event.failure, event.random, policy, now);
    case 'time_passed':
      return afterWait(delivery, policy, now);
    case 'plan_changed':
      return afterPlanChange(delivery, event.plan, now);
    case 'receipt':
      return afterReceipt(delivery, event, policy, now);
    case 'retry':
      return afterRetry(delivery, now);
    case 'switch_channel':
      return afterSwitch(delivery, event.channel, now);
    case 'cancel':
      return afterCancel(delivery);
    case 'resolve':
      return afterResolve(delivery);
  }
}

/** Whether an ended message has more to do: an operator wants a failed one sent, or an acceptance is taken back. */
function canWake({ status }: Delivery, event: DeliveryEvent): boolean {
  if (event.type === 'retry' || event.type === 'switch_channel') return status === 'failed';
  return event.type === 'receipt' && isDeliveryFailure(event.status) === (status === 'sent');
}

/** How many attempts a channel has. */
export function attemptLimit(policy: ChannelPolicy): number {
  return policy.retryDelaysSeconds.length + 1;
}

function afterAcceptance(delivery: Delivery, now: number): Delivery {
  const takenBy = [...delivery.takenBy, delivery.channel];
  const sent: Delivery = { ...delivery, status: 'sent', takenBy, failure: null };
  const { escalateAfterSeconds, until } = delivery.plan;
  if (escalateAfterSeconds === null || until === null || nextChannel(delivery) === null) return end(sent);
  return wait(sent, 'receipt', now + escalateAfterSeconds * 1000);
}

function afterFailure(delivery: Delivery, failure: Failure, random: number, policy: Policy, now: number): Delivery {
  const failed: Delivery = { ...delivery, failure };
  const channelPolicy = policy.channels[delivery.channel];
  switch (failure.kind) {
    case 'throttled':
      if (delivery.throttlesOnChannel < Math.min(channelPolicy.throttleLimit, failure.repeats ?? Infinity)) {
        const seconds = failure.retryAfterSeconds ?? channelPolicy.throttleDelaySeconds;
        const throttled = { ...failed, throttlesOnChannel: delivery.throttlesOnChannel + 1 };
        return wait(throttled, 'retry', now + seconds * 1000 * (1 + JITTER * random));
      }
      return failure.repeats === undefined ? retryOrMoveOn(failed, random, policy, now) : moveOn(failed, policy, now);
    case 'uncertain':
      if (policy.onUncertain === 'hold') return wait(failed, 'operator', operatorDeadline(policy, now));
      return retryOrMoveOn(failed, random, policy, now);
    case 'transient':
      return retryOrMoveOn(failed, random, policy, now);
    case 'unreachable':
    case 'opted_out':
    case 'rejected':
    case 'misconfigured':
      return moveOn(failed, policy, now);
  }
}

function retryOrMoveOn(delivery: Delivery, random: number, policy: Policy, now: number): Delivery {
  const attempts = delivery.attemptsOnChannel + 1;
  const delay = policy.channels[delivery.channel].retryDelaysSeconds[attempts - 1];
  const isLast = attempts > (delivery.failure?.repeats ?? Infinity);
  if (delay === undefined || isLast) return moveOn(delivery, policy, now);
  const seconds = Math.max(delay * (1 + JITTER * (2 * random - 1)), delivery.failure?.retryAfterSeconds ?? 0);
  return wait({ ...delivery, attemptsOnChannel: attempts }, 'retry', now + seconds * 1000);
}

/** The next channel of the plan at once; where there is none left, an operator if nobody has taken the message. */
function moveOn(delivery: Delivery, policy: Policy, now: number): Delivery {
  const usedUp = [...delivery.usedUp, delivery.channel];
  const channel = nextChannel(delivery);
  if (channel !== null) return attemptUnlessExpired(startChannel(delivery, channel, usedUp), now);
  if (delivery.takenBy.length > 0) return end({ ...delivery, usedUp });
  return wait({ ...delivery, usedUp, status: 'failed' }, 'operator', operatorDeadline(policy, now));
}

function afterWait(delivery: Delivery, policy: Policy, now: number): Delivery {
  if (delivery.next.do !== 'wait') return delivery;
  switch (delivery.next.for) {
    case 'schedule':
    case 'retry':
      return atDueTime(delivery, now);
    case 'receipt': {
      const channel = nextChannel(delivery);
      const isEscalating = delivery.plan.until !== null && delivery.plan.escalateAfterSeconds !== null;
      if (!isEscalating || channel === null || isExpired(delivery.plan, now)) return end(delivery);
      return startChannel(delivery, channel, [...delivery.usedUp, delivery.channel]);
    }
    case 'operator':
      // What was on hold, and nobody looked after, goes on without an answer; what had failed already just ends.
      return delivery.status === 'failed' ? end(delivery) : moveOn(delivery, policy, now);
  }
}

function afterPlanChange(delivery: Delivery, plan: Plan, now: number): Delivery {
  if (delivery.status === 'failed' || plan.revision <= delivery.plan.revision) return delivery;
  if (delivery.status === 'pending') return beginDelivery(plan, now);
  // What a provider has taken keeps its plan; that it is told again and again of a newer one would have no end.
  return { ...delivery, plan: { ...delivery.plan, revision: plan.revision } };
}

/** A receipt for an attempt that had counted as failed or uncertain: the provider had taken it after all. */
function afterBelatedTaking(
  delivery: Delivery,
  receipt: { status: DeliveryStatus; channel: Channel },
  now: number,
): Delivery {
  if (isDeliveryFailure(receipt.status) || !hasBeenTried(delivery, receipt.channel)) return delivery;
  const taken = afterAcceptance({ ...delivery, channel: receipt.channel }, now);
  return reachesGoal(receipt.status, delivery.plan.until ?? 'delivered') ? end(taken) : taken;
}

function hasBeenTried({ usedUp, channel, next }: Delivery, asked: Channel): boolean {
  const isBetweenTries = next.do === 'wait' && (next.for === 'retry' || next.for === 'operator');
  return usedUp.includes(asked) || (asked === channel && isBetweenTries);
}

function afterReceipt(delivery: Delivery, receipt: Receipt, policy: Policy, now: number): Delivery {
  if (delivery.status !== 'sent') return afterBelatedTaking(delivery, receipt, now);
  if (isDeliveryFailure(receipt.status)) {
    if (!delivery.takenBy.includes(receipt.channel)) return delivery;
    const takenBy = delivery.takenBy.filter((channel) => channel !== receipt.channel);
    if (receipt.channel !== delivery.channel) return { ...delivery, takenBy };
    const failure: Failure = receipt.failure ?? { kind: 'unreachable', code: `receipt_${receipt.status}` };
    return afterReturn({ ...delivery, takenBy, failure }, failure, receipt.random ?? 0.5, policy, now);
  }
  const { until } = delivery.plan;
  if (!reachesGoal(receipt.status, until ?? 'delivered')) return delivery;
  return end({ ...delivery, takenBy: [...new Set([...delivery.takenBy, receipt.channel])], failure: null });
}

/** What a provider had taken and then could not deliver was an attempt like any other, even where it was "later". */
function afterReturn(delivery: Delivery, { kind }: Failure, random: number, policy: Policy, now: number): Delivery {
  const isWorthRepeating = kind === 'transient' || kind === 'throttled' || kind === 'uncertain';
  return isWorthRepeating ? retryOrMoveOn(delivery, random, policy, now) : moveOn(delivery, policy, now);
}

/** A failed message runs its whole plan again; one that waits for its next attempt gets it now. */
function afterRetry(delivery: Delivery, now: number): Delivery {
  const { status, next, plan } = delivery;
  if (status === 'failed') {
    const again: Delivery = { ...delivery, status: 'pending', failure: null };
    return isExpired(plan, now) ? delivery : startChannel(again, firstChannel(plan), []);
  }
  const isWaitingToAttempt = next.do === 'wait' && next.for !== 'receipt';
  return isWaitingToAttempt ? attemptUnlessExpired(delivery, now) : delivery;
}

function afterSwitch(delivery: Delivery, channel: Channel | null, now: number): Delivery {
  if (channel === null || isExpired(delivery.plan, now)) return delivery;
  const usedUp = [...delivery.usedUp, delivery.channel];
  const status = delivery.status === 'failed' ? 'pending' : delivery.status;
  return atDueTime(startChannel({ ...delivery, status, failure: null }, channel, usedUp), now);
}

/** What a provider has taken cannot be called back: there only the rest of the plan ends. */
function afterCancel(delivery: Delivery): Delivery {
  if (delivery.status === 'failed' || delivery.takenBy.length > 0) return end(delivery);
  return end({ ...delivery, status: 'failed', failure: CANCELLED });
}

/** An operator has looked after a message that failed, or was on hold: nothing more is to be done. */
function afterResolve(delivery: Delivery): Delivery {
  if (delivery.next.do !== 'wait' || delivery.next.for !== 'operator') return delivery;
  return end(delivery.takenBy.length > 0 ? delivery : { ...delivery, status: 'failed' });
}

/** An attempt now, or a wait until the sender's time for it. */
function atDueTime(delivery: Delivery, now: number): Delivery {
  const due = delivery.plan.sendAt === null ? now : Date.parse(delivery.plan.sendAt);
  const isEarly = due > now && !isExpired(delivery.plan, now);
  return isEarly ? wait(delivery, 'schedule', due) : attemptUnlessExpired(delivery, now);
}

function attemptUnlessExpired(delivery: Delivery, now: number): Delivery {
  if (!isExpired(delivery.plan, now)) return { ...delivery, next: { do: 'attempt' } };
  return end(delivery.takenBy.length > 0 ? delivery : { ...delivery, status: 'failed', failure: EXPIRED });
}

function startChannel(delivery: Delivery, channel: Channel, usedUp: readonly Channel[]): Delivery {
  return {
    ...delivery,
    ...{ channel, usedUp: usedUp.filter((used) => used !== channel), attemptsOnChannel: 0, throttlesOnChannel: 0 },
    next: { do: 'attempt' },
  };
}

/** Waits, but not past the moment at which the message is of no use any more. */
function wait(delivery: Delivery, what: WaitingFor, until: number): Delivery {
  const { expiresAt } = delivery.plan;
  const endsAtExpiry = expiresAt !== null && (what === 'retry' || what === 'schedule');
  const limit = endsAtExpiry ? Math.min(until, Date.parse(expiresAt)) : until;
  return { ...delivery, next: { do: 'wait', for: what, until: Math.ceil(limit) } };
}

/** An ended message is on the channel that took it last, whatever was attempted after that. */
function end(delivery: Delivery): Delivery {
  return { ...delivery, channel: delivery.takenBy.at(-1) ?? delivery.channel, next: { do: 'end' } };
}

function nextChannel(delivery: Delivery): Channel | null {
  const isOpen = (channel: Channel) => channel !== delivery.channel && !delivery.usedUp.includes(channel);
  return delivery.plan.channels.find(isOpen) ?? null;
}

function firstChannel(plan: Plan): Channel {
  const [channel] = plan.channels;
  if (channel === undefined) throw new RangeError('A delivery plan has at least one channel.');
  return channel;
}

function isExpired(plan: Plan, now: number): boolean {
  return plan.expiresAt !== null && Date.parse(plan.expiresAt) <= now;
}

function operatorDeadline(policy: Policy, now: number): number {
  return now + policy.operatorWindowSeconds * 1000;
}
