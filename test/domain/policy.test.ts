import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/advance.ts';
import { beginDelivery } from '../../src/domain/begin-delivery.ts';
import { FAILURE_KINDS, type FailureKind } from '../../src/domain/failures.ts';
import {
  type ChannelPolicy,
  DEFAULT_POLICY,
  defaultExpirySeconds,
  mergePolicy,
  type Policy,
  type PolicyRules,
} from '../../src/domain/policy.ts';
import { failed, NOW, POLICY, planOf } from './deliveries.ts';

function policyOf(sms: Partial<ChannelPolicy>): Policy {
  return { ...POLICY, channels: { ...POLICY.channels, sms: { ...POLICY.channels.sms, ...sms } } };
}

/** How often a channel is tried before the next one, when every attempt fails in one way. */
function attemptsUntilNextChannel(kind: FailureKind, policy: Policy): number {
  let delivery = beginDelivery(planOf(['sms', 'email']), NOW);
  let attempts = 0;
  for (let now = NOW; delivery.channel === 'sms'; now = delivery.next.do === 'wait' ? delivery.next.until : now) {
    if (delivery.next.do === 'attempt') attempts += 1;
    const event = delivery.next.do === 'attempt' ? failed(kind) : ({ type: 'time_passed' } as const);
    delivery = advance(delivery, event, policy, now);
  }
  return attempts;
}

describe('the limit of each kind of failure', () => {
  const limits = {
    'no delays': policyOf({ retryDelaysSeconds: [], throttleLimit: 0 }),
    'two delays': policyOf({ retryDelaysSeconds: [30, 120], throttleLimit: 0 }),
    'two delays and two throttles': policyOf({ retryDelaysSeconds: [30, 120], throttleLimit: 2 }),
    'four delays and two doubts': policyOf({ retryDelaysSeconds: [1, 2, 3, 4], throttleLimit: 0, uncertainLimit: 2 }),
    'one delay and nine doubts': policyOf({ retryDelaysSeconds: [30], throttleLimit: 0, uncertainLimit: 9 }),
  };
  const once = { unreachable: 1, opted_out: 1, rejected: 1, misconfigured: 1 };
  const expected: Record<keyof typeof limits, Record<FailureKind, number>> = {
    'no delays': { ...once, transient: 1, throttled: 1, uncertain: 1 },
    'two delays': { ...once, transient: 3, throttled: 3, uncertain: 3 },
    'two delays and two throttles': { ...once, transient: 3, throttled: 5, uncertain: 3 },
    'four delays and two doubts': { ...once, transient: 5, throttled: 5, uncertain: 2 },
    'one delay and nine doubts': { ...once, transient: 2, throttled: 2, uncertain: 2 },
  };
  const cases = Object.entries(limits).flatMap(([name, policy]) =>
    FAILURE_KINDS.map((kind) => [kind, name, expected[name as keyof typeof limits][kind], policy] as const),
  );

  test.each(cases)('a channel that is always %s has, with %s, %d attempts', (kind, _, attempts, policy) => {
    expect(attemptsUntilNextChannel(kind, policy)).toBe(attempts);
  });

  test('holds for one channel where the doubt is to be looked at by an operator', () => {
    const policy = policyOf({ onUncertain: 'hold' });
    const held = advance(beginDelivery(planOf(['sms']), NOW), failed('uncertain'), policy, NOW);
    const resent = advance(beginDelivery(planOf(['email']), NOW), failed('uncertain'), policy, NOW);
    expect([held.next, resent.next]).toMatchObject([{ for: 'operator' }, { for: 'retry' }]);
  });
});

const RULES: PolicyRules = {
  ...DEFAULT_POLICY,
  priorities: {
    high: { channels: { sms: { retryDelaysSeconds: [5] } }, expiresAfterSeconds: 900 },
    low: { expiresAfterSeconds: 86_400 },
  },
};

function smsDelays(...[priority, kept]: [Parameters<typeof mergePolicy>[1], Parameters<typeof mergePolicy>[2]]) {
  return mergePolicy(RULES, priority, kept).channels.sms.retryDelaysSeconds;
}

describe('the policy of a message', () => {
  test('is the configured one where nobody wants anything else', () => {
    expect(mergePolicy(DEFAULT_POLICY, 'normal', null)).toEqual(DEFAULT_POLICY);
  });

  test('follows its priority', () => {
    expect([smsDelays('high', null), smsDelays('normal', null)]).toEqual([[5], [30, 120, 600, 3600]]);
  });

  test("follows its template more than its priority, and the message's own word most", () => {
    const template = { channels: { sms: { retry_delays: [10] } } };
    const message = { retry_delays: [20] };
    expect([smsDelays('high', { template }), smsDelays('high', { template, message })]).toEqual([[10], [20]]);
  });

  test('is on one channel what the message wants for that channel', () => {
    const message = { retry_delays: [20], channels: { sms: { retry_delays: [30] } } };
    const { sms, email } = mergePolicy(RULES, 'normal', { message }).channels;
    expect([sms.retryDelaysSeconds, email.retryDelaysSeconds]).toEqual([[30], [20]]);
  });

  test('takes every field from an override', () => {
    const message = { throttle_limit: 1, throttle_delay: 2, uncertain_limit: 3, on_uncertain: 'hold' } as const;
    expect(mergePolicy(RULES, 'normal', { message }).channels.email).toMatchObject({
      ...{ throttleLimit: 1, throttleDelaySeconds: 2, uncertainLimit: 3, onUncertain: 'hold' },
    });
  });

  test.each([
    ['normal', {}, null],
    ['high', {}, 900],
    ['high', { template: { expires_after: 60 } }, 60],
    ['high', { template: { expires_after: 60 }, message: { expires_after: 30 } }, 30],
  ] as const)('of %s priority with %j lets it expire after %s s', (priority, kept, seconds) => {
    expect(defaultExpirySeconds(RULES, priority, kept)).toBe(seconds);
  });
});
