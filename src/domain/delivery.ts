import type { Channel } from './channels.ts';
import type { Failure } from './failures.ts';
import type { Plan } from './plan.ts';
import type { Policy } from './policy.ts';
import type { DeliveryStatus, MessageStatus, WaitingFor } from './statuses.ts';

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
  /** Of the attempts, those that ended in doubt. */
  readonly doubtsOnChannel: number;
  /** How often the plan has been begun; more than once only until somebody acknowledges. */
  readonly round: number;
  /** Channels that cannot reach this person, which later rounds leave out. */
  readonly closed: readonly Channel[];
  readonly isAcknowledged: boolean;
  /** Why the message is where it is; null while all is well. */
  readonly failure: Failure | null;
  readonly next: NextAction;
}

export type NextAction =
  /** `evenIfQuiet` where an operator wants it now, in quiet hours too. */
  | { readonly do: 'attempt'; readonly evenIfQuiet?: true }
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
  /** It was noticed too late for an attempt that the message is of no use any more. */
  | { readonly type: 'expired' }
  /** The person does not want to be disturbed now; `until` is in milliseconds since the epoch. */
  | { readonly type: 'postponed'; readonly until: number }
  | { readonly type: 'plan_changed'; readonly plan: Plan }
  | Receipt
  /** The person has confirmed the message; null where it is not known on which channel. */
  | { readonly type: 'acknowledge'; readonly channel: Channel | null }
  | { readonly type: 'retry' }
  /** Null where the operator named no channel that there is. */
  | { readonly type: 'switch_channel'; readonly channel: Channel | null }
  | { readonly type: 'cancel' }
  | { readonly type: 'resolve' }
  /** The record has lost where the message stands. */
  | { readonly type: 'record_again' };

const EXPIRED: Failure = { kind: 'rejected', code: 'expired' };

/** Why nothing more is sent of a message, whether or not a provider had taken it before. */
export const CANCELLED: Failure = { kind: 'rejected', code: 'cancelled' };

/** Whether somebody has cancelled a message, and no operator has called that off. */
export function isCancelled({ failure }: Pick<Delivery, 'failure'>): boolean {
  return failure?.code === CANCELLED.code;
}

/** Why an operator sees to a message that nobody has acknowledged. */
export const NOT_ACKNOWLEDGED: Failure = { kind: 'unreachable', code: 'not_acknowledged' };

/** Whether a message went through its plan and nobody acknowledged it, so that operators can send it again. */
export function isUnacknowledged({ status, failure }: Pick<Delivery, 'status' | 'failure'>): boolean {
  return status === 'sent' && failure?.code === NOT_ACKNOWLEDGED.code;
}

/** Whether a message waits for its sender's own time, before which nobody sends it. */
export function isBeforeSendAt({ sendAt }: Pick<Plan, 'sendAt'>, now: number): boolean {
  return sendAt !== null && Date.parse(sendAt) > now;
}

/** Failed, which an operator may still see to. */
export function fail(delivery: Delivery, policy: Policy, now: number): Delivery {
  return wait({ ...delivery, status: 'failed' }, 'operator', operatorDeadline(policy, now));
}

/** An attempt now, or a wait until the sender's time for it. */
export function atDueTime(delivery: Delivery, now: number): Delivery {
  const { plan } = delivery;
  const isEarly = isBeforeSendAt(plan, now) && !isExpired(plan, now);
  return isEarly ? wait(delivery, 'schedule', Date.parse(plan.sendAt as string)) : attemptUnlessExpired(delivery, now);
}

/** An attempt that an operator wants now does not mind quiet hours. */
export function urgentWhere(isWanted: boolean, delivery: Delivery): Delivery {
  const isAttempt = isWanted && delivery.next.do === 'attempt';
  return isAttempt ? { ...delivery, next: { do: 'attempt', evenIfQuiet: true } } : delivery;
}

/** Whether an operator wants the attempt now. */
export function isUrgent({ next }: Delivery): boolean {
  return next.do === 'attempt' && next.evenIfQuiet === true;
}

/** An attempt now, or the end of what is of no use any more. */
export function attemptUnlessExpired(delivery: Delivery, now: number): Delivery {
  return isExpired(delivery.plan, now) ? expire(delivery) : { ...delivery, next: { do: 'attempt' } };
}

/** The end of a message that is of no use any more: what a provider has taken stays sent. */
export function expire(delivery: Delivery): Delivery {
  if (delivery.takenBy.length === 0) return end({ ...delivery, status: 'failed', failure: EXPIRED });
  return end(delivery.plan.until === 'acknowledged' ? { ...delivery, failure: NOT_ACKNOWLEDGED } : delivery);
}

/** An attempt on a channel, with all the patience that it has. */
export function startChannel(delivery: Delivery, channel: Channel, usedUp: readonly Channel[]): Delivery {
  return {
    ...delivery,
    ...{ channel, attemptsOnChannel: 0, throttlesOnChannel: 0, doubtsOnChannel: 0 },
    ...{ usedUp: without(usedUp, channel), closed: without(delivery.closed, channel) },
    next: { do: 'attempt' },
  };
}

/** Waits, but not past the moment at which the message is of no use any more. */
export function wait(delivery: Delivery, what: WaitingFor, until: number): Delivery {
  const { expiresAt } = delivery.plan;
  const endsAtExpiry = expiresAt !== null && (what === 'retry' || what === 'schedule');
  const limit = endsAtExpiry ? Math.min(until, Date.parse(expiresAt)) : until;
  return { ...delivery, next: { do: 'wait', for: what, until: Math.ceil(limit) } };
}

/** An ended message is on the channel that took it last, whatever was attempted after that. */
export function end(delivery: Delivery): Delivery {
  return { ...delivery, channel: delivery.takenBy.at(-1) ?? delivery.channel, next: { do: 'end' } };
}

/** The first channel of the plan that has not been used up; null where none is left. */
export function nextChannel(delivery: Delivery): Channel | null {
  const gone = [delivery.channel, ...delivery.usedUp, ...delivery.closed];
  return delivery.plan.channels.find((channel) => !gone.includes(channel)) ?? null;
}

/** The channels but one. */
export function without(channels: readonly Channel[], channel: Channel): Channel[] {
  return channels.filter((other) => other !== channel);
}

/** The channels with one of them as the last. */
export function withLast(channels: readonly Channel[], channel: Channel): Channel[] {
  return [...without(channels, channel), channel];
}

/** @throws {RangeError} where the plan is empty */
export function firstChannel(plan: Plan): Channel {
  const [channel] = plan.channels;
  if (channel === undefined) throw new RangeError('A delivery plan has at least one channel.');
  return channel;
}

/** Whether the message is of no use any more. */
export function isExpired(plan: Plan, now: number): boolean {
  return plan.expiresAt !== null && Date.parse(plan.expiresAt) <= now;
}

/** Until when a message waits for an operator. */
export function operatorDeadline(policy: Policy, now: number): number {
  return now + policy.operatorWindowSeconds * 1000;
}
