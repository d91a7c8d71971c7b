import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, attemptLimit } from '../../src/domain/advance.ts';
import { beginDelivery } from '../../src/domain/begin-delivery.ts';
import { CHANNELS, type Channel } from '../../src/domain/channels.ts';
import type { Delivery, DeliveryEvent } from '../../src/domain/delivery.ts';
import { FAILURE_KINDS, type Failure } from '../../src/domain/failures.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { mergePolicy, type Policy, type PolicyOverride, UNCERTAIN_MODES } from '../../src/domain/policy.ts';
import { DELIVERY_STATUSES, isDeliveryFailure } from '../../src/domain/statuses.ts';
import { HOLD, inSeconds, NOW, POLICY } from './deliveries.ts';

/** One step of a life: the message before and after it, when, and why. */
interface Step {
  readonly before: Delivery;
  readonly event: DeliveryEvent;
  readonly after: Delivery;
  readonly now: number;
  readonly policy: Policy;
}

const MAX_STEPS = 200;
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
  until: fc.constantFrom(null, 'delivered', 'read', 'acknowledged'),
  rounds: fc.integer({ min: 1, max: 3 }),
});

/** Patience that a template or a message may ask for, by the way in which they do. */
const overrides: fc.Arbitrary<PolicyOverride> = fc.record(
  {
    retry_delays: fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 4 }),
    ...{ throttle_limit: fc.nat({ max: 3 }), throttle_delay: fc.integer({ min: 1, max: 600 }) },
    ...{ uncertain_limit: fc.integer({ min: 1, max: 4 }), on_uncertain: fc.constantFrom(...UNCERTAIN_MODES) },
  },
  { requiredKeys: [] },
);
const policies = fc
  .tuple(fc.constantFrom(POLICY, HOLD), fc.option(overrides), fc.option(overrides))
  .map(([rules, template, message]) =>
    mergePolicy(rules, 'normal', { ...(template && { template }), ...(message && { message }) }),
  );

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

/** Somebody confirms a message now and then, but not most of the time. */
const acknowledgements = fc
  .constantFrom(...CHANNELS, null)
  .map((channel) => ({ type: 'acknowledge', channel }) as const);

const interruptions: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  { weight: 4, arbitrary: receipts },
  { weight: 1, arbitrary: acknowledgements },
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

/** How long the person is quiet when an attempt is about to be made; mostly not at all. */
const quietTimes = fc.option(fc.integer({ min: 1, max: 12 * 3600 }), { freq: 1, nil: null });

/** What a life is made of: in each state, the next of these that fits it. */
function livesWith(interrupting: fc.Arbitrary<DeliveryEvent>): fc.Arbitrary<Step[]> {
  return fc
    .record({
      plan: plans,
      policy: policies,
      outcomes: fc.array(fc.tuple(outcomes, fc.integer({ min: 0, max: 900 }), quietTimes), {
        ...{ minLength: MAX_STEPS, maxLength: MAX_STEPS },
      }),
      interruptions: fc.array(fc.tuple(fc.nat({ max: 30 }), interrupting), { maxLength: MAX_INTERRUPTIONS }),
    })
    .map((life) => live(life.plan, life.policy, life.outcomes, life.interruptions));
}

function live(
  plan: Plan,
  policy: Policy,
  results: readonly (readonly [DeliveryEvent, number, number | null])[],
  interrupting: readonly (readonly [number, DeliveryEvent])[],
): Step[] {
  const steps: Step[] = [];
  let delivery = beginDelivery(plan, NOW);
  let now = NOW;
  const happen = (event: DeliveryEvent) => {
    const after = advance(delivery, event, policy, now);
    steps.push({ before: delivery, event, after, now, policy });
    delivery = after;
  };
  const waitOut = () => {
    if (delivery.next.do !== 'wait') return;
    now = Math.max(now, delivery.next.until);
    happen({ type: 'time_passed' });
  };
  for (const [index, [outcome, callSeconds, quietSeconds]] of results.entries()) {
    for (const [at, event] of interrupting) if (at === index) happen(event);
    if (mindsQuiet(delivery) && quietSeconds !== null) happen({ type: 'postponed', until: now + quietSeconds * 1000 });
    waitOut();
    if (delivery.next.do !== 'attempt') continue;
    now += callSeconds * 1000;
    happen(outcome);
  }
  return steps;
}

function mindsQuiet({ next }: Delivery): boolean {
  return next.do === 'attempt' && next.evenIfQuiet === undefined;
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

/** The attempts of each round of a run. */
function roundsOf(run: readonly Step[]): Step[][] {
  return [...Map.groupBy(run, ({ before }) => before.round).values()];
}

/** The channels of which it is known after a step that they do not reach the person. */
function closedAfter(closed: readonly Channel[], step: Step): readonly Channel[] {
  const { before, event } = step;
  switch (event.type) {
    case 'plan_changed':
      return isNewPlan(step) ? [] : closed;
    case 'receipt':
      return isDeliveryFailure(event.status) ? closed : closed.filter((channel) => channel !== event.channel);
    case 'failed':
      return ['unreachable', 'opted_out'].includes(event.failure.kind) ? [...closed, before.channel] : closed;
    default:
      return closed;
  }
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

test('no attempt begins after a cancel until an operator wants one', () => {
  fc.assert(
    fc.property(disturbed, (steps) => {
      let isCancelled = false;
      for (const { event, after, before } of steps) {
        // What had ended, or failed, before has nothing left to cancel.
        if (event.type === 'cancel' && after !== before && before.status !== 'failed') isCancelled = true;
        else if (after !== before && ['retry', 'switch_channel'].includes(event.type)) isCancelled = false;
        if (isCancelled) expect(after.next.do).toBe('end');
      }
    }),
    { numRuns: 1_000 },
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
      for (const run of runsOfPlan(steps).flatMap(roundsOf)) {
        for (const channel of CHANNELS) {
          const attempts = run.filter((step) => step.before.channel === channel);
          const throttled = attempts.filter((step) => step.after.throttlesOnChannel > step.before.throttlesOnChannel);
          const limits = run[0]?.policy.channels[channel] ?? POLICY.channels[channel];
          expect(throttled.length).toBeLessThanOrEqual(limits.throttleLimit);
          expect(attempts.length - throttled.length).toBeLessThanOrEqual(attemptLimit(limits));
        }
      }
    }),
  );
});

test('a plan is gone through no more often than its sender says, and once where nobody has to acknowledge', () => {
  fc.assert(
    fc.property(disturbed, (steps) => {
      for (const { after } of steps) {
        const limit = after.plan.until === 'acknowledged' ? (after.plan.rounds ?? 1) : 1;
        if (after.next.do !== 'end') expect(after.round).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

test('a channel on which the person cannot be reached is not tried again by itself, unless a receipt says they are', () => {
  fc.assert(
    fc.property(undisturbed, (steps) => {
      let closed: readonly Channel[] = [];
      for (const step of steps) {
        if (isAttempt(step)) expect(closed).not.toContain(step.before.channel);
        closed = closedAfter(closed, step);
      }
    }),
  );
});

test('nothing is attempted after the person has acknowledged', () => {
  fc.assert(
    fc.property(disturbed, (steps) => {
      for (const { after } of steps) if (after.isAcknowledged) expect(after.next.do).toBe('end');
    }),
  );
});

test('a message that waits for an acknowledgement ends with it, failed, cancelled, or with nobody having come', () => {
  fc.assert(
    fc.property(undisturbed, (steps) => {
      const last = steps.at(-1)?.after;
      if (last === undefined || last.plan.until !== 'acknowledged' || last.plan.escalateAfterSeconds === null) return;
      const isExplained = last.isAcknowledged || last.status === 'failed' || last.failure !== null;
      expect(isExplained).toBe(true);
    }),
  );
});

test('nothing but an operator makes an attempt that minds no quiet hours', () => {
  fc.assert(
    fc.property(undisturbed, (steps) => {
      for (const { after } of steps) expect(after.next).not.toHaveProperty('evenIfQuiet');
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
