import type { Channel } from './channels.ts';
import {
  atDueTime,
  attemptUnlessExpired,
  CANCELLED,
  type Delivery,
  end,
  firstChannel,
  isBeforeSendAt,
  isExpired,
  isUnacknowledged,
  startChannel,
  urgentWhere,
  withLast,
} from './delivery.ts';
/**
 * What failed, or was acknowledged by nobody, runs its whole plan again; what waits for its next attempt gets it now.
 * Nothing goes out before its sender's own time.
 */
export function afterRetry(delivery: Delivery, now: number): Delivery {
  const { status, next, plan } = delivery;
  if (status === 'failed' || isUnacknowledged(delivery)) {
    if (isExpired(plan, now)) return delivery;
    const again: Delivery = { ...delivery, ...(status === 'failed' && { status: 'pending' }), failure: null, round: 1 };
    return urgentWhere(true, atDueTime(startChannel({ ...again, closed: [] }, firstChannel(plan), []), now));
  }
  const isWaitingToAttempt = next.do === 'wait' && next.for !== 'receipt';
  if (!isWaitingToAttempt || (next.for === 'schedule' && isBeforeSendAt(plan, now))) return delivery;
  return urgentWhere(true, attemptUnlessExpired(delivery, now));
}

export function afterSwitch(delivery: Delivery, channel: Channel | null, now: number): Delivery {
  if (channel === null || isExpired(delivery.plan, now)) return delivery;
  const usedUp = withLast(delivery.usedUp, delivery.channel);
  const status = delivery.status === 'failed' ? 'pending' : delivery.status;
  return urgentWhere(true, atDueTime(startChannel({ ...delivery, status, failure: null }, channel, usedUp), now));
}

/**
 * What a provider has taken cannot be called back: there only the rest of the plan ends, for good. Why a message had
 * failed, or that nobody had acknowledged it, stays.
 */
export function afterCancel(delivery: Delivery): Delivery {
  if (delivery.status === 'failed' || isUnacknowledged(delivery)) return end(delivery);
  return end({ ...delivery, ...(delivery.takenBy.length === 0 && { status: 'failed' }), failure: CANCELLED });
}

/** An operator has looked after a message that failed, or was on hold: nothing more is to be done. */
export function afterResolve(delivery: Delivery): Delivery {
  if (delivery.next.do !== 'wait' || delivery.next.for !== 'operator') return delivery;
  return end(delivery.takenBy.length > 0 ? delivery : { ...delivery, status: 'failed' });
}
