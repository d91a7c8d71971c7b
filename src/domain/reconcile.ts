import type { Midway } from './begin-delivery.ts';
import type { Channel } from './channels.ts';
import type { Plan } from './plan.ts';
import type { Policy } from './policy.ts';
import {
  type AttemptOutcome,
  type DeliveryStatus,
  isDeliveryFailure,
  type MessageStatus,
  type WaitingFor,
} from './statuses.ts';

/**
 * How a message can differ from its workflow: Temporal does not know the workflow, has ended it by force or for a fault,
 * has seen it end while the message had not, or has it running in another state.
 */
export const DISCREPANCIES = ['missing', 'failed', 'ended', 'differs'] as const;
export type Discrepancy = (typeof DISCREPANCIES)[number];

/** Where a message stands: what its row and its workflow's search attributes both say. */
export interface Standing {
  readonly status: MessageStatus;
  readonly channel: Channel;
  readonly waitingFor: WaitingFor | null;
}

export function isSameStanding(one: Standing, other: Standing): boolean {
  return one.status === other.status && one.channel === other.channel && one.waitingFor === other.waitingFor;
}

/** One attempt of a message whose workflow was lost. */
export interface PastAttempt {
  readonly channel: Channel;
  readonly outcome: AttemptOutcome | null;
  readonly deliveryStatus: DeliveryStatus | null;
  /** Whether the step that it belongs to has been recorded. */
  readonly isRecorded: boolean;
}

/** What the database knows of a message whose workflow was lost. */
export interface LostMessage extends Standing {
  readonly isAcknowledged: boolean;
  /** When the message changed last, in milliseconds since the epoch. */
  readonly changedAt: number;
  /** In order. */
  readonly attempts: readonly PastAttempt[];
}

/**
 * Where a message goes on whose workflow was lost before its end. What a provider has taken is not sent again, what
 * failed is tried on, and waits go on for as long as they would have.
 * @param now milliseconds since the epoch
 */
export function findMidway(
  lost: LostMessage,
  plan: Plan,
  policy: Policy,
  now: number,
): { standing: Pick<Standing, 'status' | 'channel'>; midway: Midway } {
  const takenBy = channelsOf(lost.attempts.filter(isTaken));
  const taken = lost.attempts.findLast(isTaken);
  const isPending = lost.status === 'pending';
  // An acceptance that was not recorded is left to the next attempt, which finds it; one that was, the row has lost.
  const standing: Standing =
    isPending && taken?.isRecorded === true
      ? { status: 'sent', channel: taken.channel, waitingFor: null }
      : { ...lost, ...(isPending && taken !== undefined && { channel: taken.channel }) };
  const { status, channel } = standing;
  const tried = channelsOf(lost.attempts).filter((other) => other !== channel);
  const ahead = plan.channels.slice(0, Math.max(0, plan.channels.indexOf(channel)));
  const usedUp = [...new Set([...ahead, ...tried])];
  const next = nextOf({ ...lost, ...standing }, takenBy, { plan, policy, now });
  return { standing: { status, channel }, midway: { usedUp, takenBy, round: roundOf(lost.attempts), next } };
}

interface Circumstances {
  readonly plan: Plan;
  readonly policy: Policy;
  readonly now: number;
}

function nextOf(lost: LostMessage, takenBy: readonly Channel[], { plan, policy, now }: Circumstances): Midway['next'] {
  const until = (seconds: number) => Math.max(now, lost.changedAt + seconds * 1000);
  if (lost.isAcknowledged) return { do: 'end' };
  const { onUncertain = policy.onUncertain, retryDelaysSeconds } = policy.channels[lost.channel];
  const isInDoubt = lost.attempts.at(-1)?.outcome === 'uncertain' && !takenBy.includes(lost.channel);
  const operator = { do: 'wait', for: 'operator', until: until(policy.operatorWindowSeconds) } as const;
  if (lost.status === 'pending' && isInDoubt && onUncertain === 'hold') return operator;
  switch (lost.waitingFor) {
    case 'operator':
      return operator;
    case 'receipt':
      return { do: 'wait', for: 'receipt', until: until(plan.escalateAfterSeconds ?? 0) };
    case 'retry':
      return { do: 'wait', for: 'retry', until: until(retryDelaysSeconds[attemptsOn(lost) - 1] ?? 0) };
    case 'schedule': {
      const sendAt = plan.sendAt === null ? now : Date.parse(plan.sendAt);
      return sendAt > now ? { do: 'wait', for: 'schedule', until: sendAt } : { do: 'attempt' };
    }
    case null:
      return isOnItsWay(lost, takenBy) ? { do: 'attempt' } : { do: 'end' };
  }
}

/** Whether an attempt was being made: of a message that nobody has taken, or on a fallback of one that somebody has. */
function isOnItsWay({ status, channel }: LostMessage, takenBy: readonly Channel[]): boolean {
  return status === 'pending' || (status === 'sent' && takenBy.length > 0 && !takenBy.includes(channel));
}

function attemptsOn({ attempts, channel }: LostMessage): number {
  return attempts.filter((attempt) => attempt.channel === channel).length;
}

/** Every round of a plan has the message taken once by each channel that works. */
function roundOf(attempts: readonly PastAttempt[]): number {
  const taken = attempts.filter(isTaken).map(({ channel }) => channel);
  return Math.max(1, ...taken.map((channel) => taken.filter((other) => other === channel).length));
}

function isTaken({ outcome, deliveryStatus }: PastAttempt): boolean {
  if (outcome === 'accepted') return deliveryStatus === null || !isDeliveryFailure(deliveryStatus);
  return outcome === 'uncertain' && deliveryStatus !== null && !isDeliveryFailure(deliveryStatus);
}

function channelsOf(attempts: readonly PastAttempt[]): Channel[] {
  return [...new Set(attempts.map(({ channel }) => channel))];
}
