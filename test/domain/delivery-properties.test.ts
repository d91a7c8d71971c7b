import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHANNELS, type Channel } from '../../src/domain/channels.ts';
import { advance, attemptLimit, beginDelivery, type Delivery, type DeliveryEvent } from '../../src/domain/delivery.ts';
import { FAILURE_KINDS, type Failure } from '../../src/domain/failures.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { DELIVERY_STATUSES } from '../../src/domain/statuses.ts';
import { HOLD, inSeconds, NOW, POLICY } from './deliveries.ts';

/** One step of a life: the message before and after it, when, and why. */
interface Step {
  readonly before: Delivery;
  readonly event: DeliveryEvent;
  readonly after: Delivery;
  readonly now: number;
}

const MAX_STEPS = 150;
/** A provider or a sender that never stops would keep any message alive. */
const MAX_INTERRUPTIONS = 10;

const seconds = fc.integer({ min: 0, max: 5_000 });
const channelLists = fc.shuffledSubarray([...CHANNELS], { minLength: 1 });

const plans: fc.Arbitrary<Plan> = fc.record({
  revision: fc.integer({ min: 1, max: 5 }),
  channels: channelLists,
  sendAt: fc.option(seconds.map(inSeconds)),
  expiresAt: fc.option(seconds.map(inSeconds)),
  escalateAfterSeconds: fc.option(seconds),
  until: fc.constantFrom(null, 'delivered', 'read'),
});

const failures: fc.Arbitrary<Failure> = fc.record(
  {
    ...{ kind: fc.constantFrom(...FAILURE_KINDS), code: fc.constant('code') },
    ...{ retryAfterSeconds: seconds, repeats: fc.nat({ max: 2 }) },
  },
  { requiredKeys: ['kind', 'code'] },
);
const random = fc.double({ min: 0, max: 1, noNaN: true });

const receipts: fc.Arbitrary<DeliveryEvent> = fc.record(
  {
    ...{ type: fc.constant('receipt'), status: fc.constantFrom(...DELIVERY_STATUSES) },
    ...{ channel: fc.constantFrom(...CHANNELS), failure: failures, random },
  },
  { requiredKeys: ['type', 'status', 'channel'] },
);

const interruptions: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  receipts,
  plans.map((plan) => ({ type: 'plan_changed', plan }) as const),
);

const operations: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  fc.constantFrom<DeliveryEvent>({ type: 'retry' }, { type: 'cancel' }, { type: 'resolve' }),
  fc.constantFrom(...CHANNELS, null).map((channel) => ({ type: 'switch_channel', channel }) as const),
);

const outcomes: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<DeliveryEvent>({ type: 'accepted' }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('failed'), failure: failures, random }),
  },
);

/** What a life is made of: in each state, the next of these that fits it. */
function livesWith(interrupting: fc.Arbitrary<DeliveryEvent>): fc.Arbitrary<Step[]> {
  return fc
    .record({
      plan: plans,
      policy: fc.constantFrom(POLICY, HOLD),
      outcomes: fc.array(fc.tuple(outcomes, fc.integer({ min: 0, max: 900 })), {
        minLength: MAX_STEPS,
        maxLength: MAX_STEPS,
      }),
      interruptions: fc.array(fc.tuple(fc.nat({ max: 30 }), interrupting), { maxLength: MAX_INTERRUPTIONS }),
    })
    .map((life) => live(life.plan, life.policy, life.outcomes, life.interruptions));
}

function live(
  plan: Plan,
  policy: Policy,
  results: readonly (readonly [DeliveryEvent, number])[],
  interrupting: readonly (readonly [number, DeliveryEvent])[],
): Step[] {
  const steps: Step[] = [];
  let delivery = beginDelivery(plan, NOW);
  let now = NOW;
  const happen = (event: DeliveryEvent) => {
    const after = advance(delivery, event, policy, now);
    steps.push({ before: delivery, event, after, now });
    delivery = after;
  };
  for (const [index, [outcome, callSeconds]] of results.entries()) {
    for (const [at, event] of interrupting) if (at === index) happen(event);
    if (delivery.next.do === 'attempt') {
      now += callSeconds * 1000;
      happen(outcome);
    } else if (delivery.next.do === 'wait') {
      now = Math.max(now, delivery.next.until);
      happen({ type: 'time_passed' });
    }
  }
  return steps;
}

function isAttempt({ event }: Step): boolean {
  return event.type === 'accepted' || event.type === 'failed';
}

function isNewPlan({ before, after }: Step): boolean {
  return before.status === 'pending' && after !== before;
}

/** The attempts of each run of the plan; a change by the sender begins it anew. */
function runsOfPlan(steps: readonly Step[]): Step[][] {
  const runs: Step[][] = [[]];
  for (const step of steps) {
    if (isAttempt(step)) runs.at(-1)?.push(step);
    else if (step.event.type === 'plan_changed' && isNewPlan(step)) runs.push([]);
  }
  return runs;
}

const undisturbed = livesWith(interruptions);
const disturbed = livesWith(fc.oneof(interruptions, operations, operations));

test('a message comes to an end when no operator steps in', () => {
  fc.assert(
    fc.property(undisturbed, (steps) => {
      expect(steps.at(-1)?.after.next).toEqual({ do: 'end' });
    }),
  );
});

test('no attempt begins after expiry', () => {
  fc.assert(
    fc.property(disturbed, (steps) => {
      for (const { after, now } of steps) {
        const { expiresAt } = after.plan;
        if (after.next.do === 'attempt' && expiresAt !== null) expect(now).toBeLessThan(Date.parse(expiresAt));
      }
    }),
  );
});

test('no attempt begins after a cancel until an operator wants one, or an acceptance is taken back', () => {
  fc.assert(
    fc.property(disturbed, (steps) => {
      let isCancelled = false;
      for (const { event, after, before } of steps) {
        if (event.type === 'cancel') isCancelled = true;
        else if (after !== before && !['accepted', 'failed', 'time_passed'].includes(event.type)) isCancelled = false;
        if (isCancelled) expect(after.next.do).toBe('end');
      }
    }),
  );
});

test('a message that failed by itself was attempted on every channel of its plan', () => {
  fc.assert(
    fc.property(undisturbed, (steps) => {
      const last = steps.at(-1)?.after;
      if (last?.status !== 'failed' || last.failure?.code === 'expired') return;
      const attempted = runsOfPlan(steps)
        .at(-1)
        ?.map((step) => step.before.channel);
      expect(new Set(attempted)).toEqual(new Set<Channel>(last.plan.channels));
    }),
  );
});

test('a channel is attempted no more often than its policy allows in one run of the plan', () => {
  fc.assert(
    fc.property(undisturbed, (steps) => {
      for (const run of runsOfPlan(steps)) {
        for (const channel of CHANNELS) {
          const attempts = run.filter((step) => step.before.channel === channel);
          const throttled = attempts.filter((step) => step.after.throttlesOnChannel > step.before.throttlesOnChannel);
          const { throttleLimit } = POLICY.channels[channel];
          expect(throttled.length).toBeLessThanOrEqual(throttleLimit);
          expect(attempts.length - throttled.length).toBeLessThanOrEqual(attemptLimit(POLICY.channels[channel]));
        }
      }
    }),
  );
});

test('an ended message is sent exactly where a provider holds it', () => {
  fc.assert(
    fc.property(disturbed, (steps) => {
      for (const { after } of steps) {
        if (after.next.do === 'end') expect(after.status).toBe(after.takenBy.length > 0 ? 'sent' : 'failed');
      }
    }),
  );
});

test('what operators, providers and senders say is harmless twice', () => {
  fc.assert(
    fc.property(disturbed, fc.constantFrom(POLICY, HOLD), (steps, policy) => {
      for (const { event, after, now } of steps) {
        if (['accepted', 'failed', 'time_passed'].includes(event.type)) continue;
        expect(advance(after, event, policy, now)).toEqual(after);
      }
    }),
  );
});

test('a message is never changed in place', () => {
  fc.assert(
    fc.property(plans, fc.array(fc.oneof(outcomes, interruptions, operations)), (plan, events) => {
      let delivery = beginDelivery(plan, NOW);
      for (const event of events) {
        const copy = structuredClone(delivery);
        const after = advance(delivery, event, POLICY, NOW);
        expect(delivery).toEqual(copy);
        delivery = after;
      }
    }),
  );
});
