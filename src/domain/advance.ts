import { beginDelivery } from './begin-delivery.ts';
import type { Channel } from './channels.ts';
import {
  atDueTime,
  attemptUnlessExpired,
  CANCELLED,
  type Delivery,
  type DeliveryEvent,
  end,
  expire,
  fail,
  isCancelled,
  isExpired,
  isUnacknowledged,
  isUrgent,
  NOT_ACKNOWLEDGED,
  nextChannel,
  operatorDeadline,
  type Receipt,
  startChannel,
  urgentWhere,
  wait,
  withLast,
  without,
} from './delivery.ts';
import type { Failure } from './failures.ts';
import { afterCancel, afterResolve, afterRetry, afterSwitch } from './operator-actions.ts';
import type { Plan } from './plan.ts';
import { type ChannelPolicy, JITTER, type Policy } from './policy.ts';
import { type DeliveryStatus, isDeliveryFailure, reachesGoal } from './statuses.ts';

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
    case 'expired':
      return expire(delivery);
    case 'postponed':
      return wait(delivery, 'schedule', event.until);
    case 'plan_changed':
      return afterPlanChange(delivery, event.plan, now);
    case 'receipt':
      return event.status === 'complained' && delivery.plan.until === 'acknowledged'
        ? afterComplaint(delivery, event.channel, policy, now)
        : afterReceipt(delivery, event, policy, now);
    case 'acknowledge':
      return afterAcknowledgement(delivery, event.channel);
    case 'retry':
      return afterRetry(delivery, now);
    case 'switch_channel':
      return afterSwitch(delivery, event.channel, now);
    case 'cancel':
      return afterCancel(delivery);
    case 'resolve':
      return afterResolve(delivery);
    case 'record_again':
      return delivery;
  }
}

/** Whether an ended message has more to do: an operator wants it sent, an acceptance is taken back, a person confirms. */
function canWake(delivery: Delivery, event: DeliveryEvent): boolean {
  const { status } = delivery;
  if (delivery.isAcknowledged) return false;
  if (event.type === 'acknowledge') return true;
  if (event.type === 'retry' || event.type === 'switch_channel')
    return status === 'failed' || isUnacknowledged(delivery);
  return event.type === 'receipt' && isDeliveryFailure(event.status) === (status === 'sent');
}

/** How many attempts a channel has. */
export function attemptLimit(policy: ChannelPolicy): number {
  return policy.retryDelaysSeconds.length + 1;
}

function afterAcceptance(delivery: Delivery, now: number): Delivery {
  const takenBy = withLast(delivery.takenBy, delivery.channel);
  const sent: Delivery = { ...delivery, status: 'sent', takenBy, failure: null };
  const { escalateAfterSeconds, until } = delivery.plan;
  const isLast = until !== 'acknowledged' && nextChannel(delivery) === null;
  if (escalateAfterSeconds === null || until === null || isLast) return end(sent);
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
      if ((channelPolicy.onUncertain ?? policy.onUncertain) === 'hold') {
        return wait(failed, 'operator', operatorDeadline(policy, now));
      }
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
  const { retryDelaysSeconds, uncertainLimit = Infinity } = policy.channels[delivery.channel];
  const attempts = delivery.attemptsOnChannel + 1;
  const doubts = delivery.doubtsOnChannel + (delivery.failure?.kind === 'uncertain' ? 1 : 0);
  const delay = retryDelaysSeconds[attempts - 1];
  const isLast = attempts > (delivery.failure?.repeats ?? Infinity) || doubts >= uncertainLimit;
  if (delay === undefined || isLast) return moveOn(delivery, policy, now);
  const seconds = Math.max(delay * (1 + JITTER * (2 * random - 1)), delivery.failure?.retryAfterSeconds ?? 0);
  const tried: Delivery = { ...delivery, attemptsOnChannel: attempts, doubtsOnChannel: doubts };
  return wait(tried, 'retry', now + seconds * 1000);
}

/**
 * The next channel of the plan at once; where there is none left, the next round after a while, or the end. An operator
 * is waited for where nobody has taken the message.
 */
function moveOn(delivery: Delivery, policy: Policy, now: number): Delivery {
  const usedUp = withLast(delivery.usedUp, delivery.channel);
  const moved: Delivery = { ...delivery, usedUp, closed: closedAfter(delivery, delivery.channel, delivery.failure) };
  const channel = nextChannel(moved);
  if (channel !== null) return attemptUnlessExpired(startChannel(moved, channel, usedUp), now);
  const { until, escalateAfterSeconds } = delivery.plan;
  const isToBeAcknowledged = until === 'acknowledged' && escalateAfterSeconds !== null;
  if (!isToBeAcknowledged) return moved.takenBy.length > 0 ? end(moved) : fail(moved, policy, now);
  const pause = now + escalateAfterSeconds * 1000;
  // Somebody may still acknowledge what an earlier channel has brought.
  if (moved.takenBy.length > 0) return wait(moved, 'receipt', pause);
  const again = nextRound(moved, now);
  return again === null ? fail(moved, policy, now) : wait(again, 'retry', pause);
}

/** The plan from its start, without the channels that cannot reach the person; null where that was the last round. */
function nextRound(delivery: Delivery, now: number): Delivery | null {
  const { plan, round, closed } = delivery;
  if (plan.until !== 'acknowledged' || round >= (plan.rounds ?? 1) || isExpired(plan, now)) return null;
  const channel = plan.channels.find((one) => !closed.includes(one));
  return channel === undefined ? null : startChannel({ ...delivery, round: round + 1 }, channel, closed);
}

/** Nobody has acknowledged in any round: an operator sees to it, unless it is of no use any more. */
function giveUpWaiting(delivery: Delivery, policy: Policy, now: number): Delivery {
  const { plan, takenBy } = delivery;
  if (plan.until !== 'acknowledged') return end(delivery);
  const last = takenBy.at(-1);
  if (last === undefined) return isExpired(plan, now) ? expire(delivery) : fail(delivery, policy, now);
  const silent: Delivery = { ...delivery, channel: last, failure: NOT_ACKNOWLEDGED };
  return isExpired(plan, now) ? end(silent) : wait(silent, 'operator', operatorDeadline(policy, now));
}

function closedAfter({ closed }: Delivery, channel: Channel, failure: Failure | null): readonly Channel[] {
  const isClosing = failure?.kind === 'unreachable' || failure?.kind === 'opted_out';
  return isClosing ? withLast(closed, channel) : closed;
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
      if (!isEscalating) return end(delivery);
      if (isExpired(delivery.plan, now)) return giveUpWaiting(delivery, policy, now);
      if (channel !== null) return startChannel(delivery, channel, withLast(delivery.usedUp, delivery.channel));
      return nextRound(delivery, now) ?? giveUpWaiting(delivery, policy, now);
    }
    case 'operator':
      // What was on hold, and nobody looked after, goes on without an answer; what had failed already just ends.
      return delivery.status === 'failed' || isUnacknowledged(delivery) ? end(delivery) : moveOn(delivery, policy, now);
  }
}

function afterPlanChange(delivery: Delivery, plan: Plan, now: number): Delivery {
  if (delivery.status === 'failed' || plan.revision <= delivery.plan.revision) return delivery;
  if (delivery.status === 'pending') return urgentWhere(isUrgent(delivery), beginDelivery(plan, now));
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
  const closed = without(delivery.closed, receipt.channel);
  const taken = afterAcceptance({ ...delivery, channel: receipt.channel, closed }, now);
  if (isCancelled(delivery)) return end({ ...taken, failure: CANCELLED });
  return reachesGoal(receipt.status, delivery.plan.until ?? 'delivered') ? end(taken) : taken;
}

function hasBeenTried({ plan, round, usedUp, channel, attemptsOnChannel, next }: Delivery, asked: Channel): boolean {
  const isBetweenTries = next.do === 'wait' && (next.for !== 'schedule' || attemptsOnChannel > 0);
  const wasInEarlierRound = round > 1 && plan.channels.includes(asked);
  return usedUp.includes(asked) || wasInEarlierRound || (asked === channel && isBetweenTries);
}

function afterReceipt(delivery: Delivery, receipt: Receipt, policy: Policy, now: number): Delivery {
  if (delivery.status !== 'sent') return afterBelatedTaking(delivery, receipt, now);
  if (isDeliveryFailure(receipt.status)) {
    if (!delivery.takenBy.includes(receipt.channel)) return delivery;
    const takenBy = without(delivery.takenBy, receipt.channel);
    if (isCancelled(delivery)) return end({ ...delivery, takenBy, ...(takenBy.length === 0 && { status: 'failed' }) });
    if (receipt.channel !== delivery.channel) {
      return { ...delivery, takenBy, closed: closedAfter(delivery, receipt.channel, receipt.failure ?? null) };
    }
    const failure: Failure = receipt.failure ?? { kind: 'unreachable', code: `receipt_${receipt.status}` };
    return afterReturn({ ...delivery, takenBy, failure }, failure, receipt.random ?? 0.5, policy, now);
  }
  const { until } = delivery.plan;
  if (!reachesGoal(receipt.status, until ?? 'delivered')) return delivery;
  return end({ ...delivery, takenBy: [...new Set([...delivery.takenBy, receipt.channel])], failure: null });
}

/**
 * Who calls a message spam is sent nothing more of it. They have not confirmed it either, so that an operator has to look.
 */
function afterComplaint(delivery: Delivery, channel: Channel, policy: Policy, now: number): Delivery {
  const hasItsEnd = delivery.isAcknowledged || isCancelled(delivery) || isUnacknowledged(delivery);
  const isTaken = delivery.status === 'sent' || hasBeenTried(delivery, channel);
  if (hasItsEnd || !isTaken) return delivery;
  const takenBy = withLast(delivery.takenBy, channel);
  return giveUpWaiting(
    { ...delivery, status: 'sent', takenBy, closed: withLast(delivery.closed, channel) },
    policy,
    now,
  );
}

/** Who confirms a message has got it, whatever else was told of it; nothing more is sent. */
function afterAcknowledgement(delivery: Delivery, channel: Channel | null): Delivery {
  if (delivery.isAcknowledged) return delivery;
  const takenBy = withLast(delivery.takenBy, channel ?? delivery.takenBy.at(-1) ?? delivery.channel);
  return end({ ...delivery, status: 'sent', takenBy, failure: null, isAcknowledged: true });
}

/** What a provider had taken and then could not deliver was an attempt like any other, even where it was "later". */
function afterReturn(delivery: Delivery, { kind }: Failure, random: number, policy: Policy, now: number): Delivery {
  const isWorthRepeating = kind === 'transient' || kind === 'throttled' || kind === 'uncertain';
  return isWorthRepeating ? retryOrMoveOn(delivery, random, policy, now) : moveOn(delivery, policy, now);
}
