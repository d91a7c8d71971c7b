import type { Channel } from './channels.ts';
import { type Delivery, firstChannel, isExpired, wait } from './delivery.ts';
import type { Failure } from './failures.ts';
import type { Plan } from './plan.ts';
import type { MessageStatus } from './statuses.ts';

/** Where a newly accepted message stands. Times are milliseconds since the epoch. */
export function beginDelivery(plan: Plan, now: number): Delivery {
  const delivery: Delivery = {
    plan,
    status: 'pending',
    channel: firstChannel(plan),
    usedUp: [],
    takenBy: [],
    ...{ attemptsOnChannel: 0, throttlesOnChannel: 0, doubtsOnChannel: 0 },
    ...{ round: 1, closed: [], isAcknowledged: false },
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
  /** Left out by earlier versions. */
  readonly isAcknowledged?: boolean;
  /** Set where the workflow had not ended, but was lost. */
  readonly midway?: Midway;
}

/** Where a message goes on whose workflow was lost before its end. */
export type Midway = Pick<Delivery, 'usedUp' | 'takenBy' | 'round' | 'next'>;

/** Where a message stands whose workflow had ended: what woke it decides whether there is more to do. */
export function resumeDelivery(plan: Plan, past: Past, now: number): Delivery {
  if (past.midway !== undefined) return resumeMidway(plan, past, past.midway, now);
  if (past.status === 'pending') return { ...beginDelivery(plan, now), channel: past.channel };
  const { status, channel, failure } = past;
  const tried = status === 'failed' ? plan.channels : plan.channels.slice(0, plan.channels.indexOf(channel));
  const usedUp = status === 'failed' ? [...new Set([...tried, channel])] : tried;
  const takenBy = status === 'sent' ? [channel] : [];
  return {
    ...{ plan, status, channel, usedUp, takenBy, failure, throttlesOnChannel: 0, doubtsOnChannel: 0 },
    // What has ended goes through no further round, whatever is told of the last one.
    ...{ round: plan.rounds ?? 1, closed: [], isAcknowledged: past.isAcknowledged ?? false },
    // The last one was taken, so it has not failed yet; the count keeps a life from going round for ever.
    attemptsOnChannel: Math.max(0, (past.attempts ?? 0) - 1),
    next: { do: 'end' },
  };
}

function resumeMidway(plan: Plan, past: Past, midway: Midway, now: number): Delivery {
  const { status, channel, failure, attempts = 0, isAcknowledged = false } = past;
  const begun = { ...beginDelivery(plan, now), status, channel, failure, isAcknowledged };
  return { ...begun, attemptsOnChannel: attempts, ...midway };
}
