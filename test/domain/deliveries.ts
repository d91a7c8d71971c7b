import { advance } from '../../src/domain/advance.ts';
import { beginDelivery } from '../../src/domain/begin-delivery.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { Delivery, DeliveryEvent } from '../../src/domain/delivery.ts';
import type { FailureKind } from '../../src/domain/failures.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { ChannelPolicy, Policy } from '../../src/domain/policy.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');

const CHANNEL_POLICY: ChannelPolicy = { retryDelaysSeconds: [30, 120], throttleLimit: 2, throttleDelaySeconds: 60 };

/** Three attempts on each channel, two throttles, one hour for operators. */
export const POLICY: Policy = {
  channels: { whatsapp: CHANNEL_POLICY, email: CHANNEL_POLICY, sms: CHANNEL_POLICY },
  onUncertain: 'resend',
  operatorWindowSeconds: 3600,
};

export const HOLD: Policy = { ...POLICY, onUncertain: 'hold' };

export function planOf(channels: readonly Channel[], changes: Partial<Plan> = {}): Plan {
  const always = { sendAt: null, expiresAt: null, escalateAfterSeconds: null, until: null };
  return { revision: 1, channels, ...always, ...changes };
}

/** A plan that goes on until somebody acknowledges, with ten minutes after each channel. */
export function toBeAcknowledged(rounds: number): Partial<Plan> {
  return { escalateAfterSeconds: 600, until: 'acknowledged', rounds };
}

/** An RFC 3339 time that many seconds from `NOW`. */
export function inSeconds(seconds: number): string {
  return new Date(NOW + seconds * 1000).toISOString();
}

/** A failure whose delay is in the middle of its spread. */
export function failed(kind: FailureKind, retryAfterSeconds?: number): DeliveryEvent {
  const failure = { kind, code: `code_${kind}`, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  return { type: 'failed', failure, random: 0.5 };
}

/** The person wants to be quiet for that many seconds from `NOW`. */
function postponed(seconds: number): DeliveryEvent {
  return { type: 'postponed', until: NOW + seconds * 1000 };
}

export const ACCEPTED: DeliveryEvent = { type: 'accepted' };
export const TIME_PASSED: DeliveryEvent = { type: 'time_passed' };

/** Plays events one after the other; each wait ends when it is due. */
export function play(start: Delivery, events: readonly DeliveryEvent[], policy = POLICY, startAt = NOW): Delivery {
  let delivery = start;
  let now = startAt;
  for (const event of events) {
    if (event.type === 'time_passed' && delivery.next.do === 'wait') now = Math.max(now, delivery.next.until);
    delivery = advance(delivery, event, policy, now);
  }
  return delivery;
}

export function begun(channels: readonly Channel[], changes: Partial<Plan> = {}): Delivery {
  return beginDelivery(planOf(channels, changes), NOW);
}

/** A message in each state that it can be in, by the name of the state. */
export function deliveriesInEachState() {
  const escalating = { escalateAfterSeconds: 600, until: 'read' } as const;
  return {
    attempt: begun(['whatsapp', 'sms']),
    schedule: begun(['whatsapp', 'sms'], { sendAt: inSeconds(3600) }),
    quiet: play(begun(['whatsapp', 'sms']), [postponed(3600)]),
    retry: play(begun(['whatsapp', 'sms']), [failed('transient')]),
    receipt: play(begun(['whatsapp', 'sms'], escalating), [ACCEPTED]),
    hold: play(begun(['whatsapp', 'sms']), [failed('uncertain')], HOLD),
    failed: play(begun(['whatsapp', 'sms']), [failed('unreachable'), failed('unreachable')]),
    sent: play(begun(['whatsapp', 'sms']), [ACCEPTED]),
    unacknowledged: play(begun(['whatsapp', 'sms'], toBeAcknowledged(1)), [
      ACCEPTED,
      TIME_PASSED,
      ACCEPTED,
      TIME_PASSED,
    ]),
    cancelled: play(begun(['whatsapp', 'sms']), [{ type: 'cancel' }]),
  };
}
