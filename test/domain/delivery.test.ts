import { describe, expect, test } from 'vitest';
import { advance, attemptLimit } from '../../src/domain/advance.ts';
import type { Delivery } from '../../src/domain/delivery.ts';
import { ACCEPTED, begun, failed, HOLD, inSeconds, NOW, POLICY, planOf, play, TIME_PASSED } from './deliveries.ts';

/** Seconds from `NOW` until the wait ends. */
function waitSeconds({ next }: Delivery): number {
  if (next.do !== 'wait') throw new Error(`expected a wait, got ${next.do}`);
  return (next.until - NOW) / 1000;
}

describe('a new message', () => {
  test('is attempted at once on the first channel of its plan', () => {
    expect(begun(['sms', 'email'])).toMatchObject({ status: 'pending', channel: 'sms', next: { do: 'attempt' } });
  });

  test('waits until its send_at', () => {
    const delivery = begun(['sms'], { sendAt: inSeconds(90) });
    expect(delivery.next).toEqual({ do: 'wait', for: 'schedule', until: NOW + 90_000 });
  });

  test('is attempted when its send_at has come', () => {
    const delivery = play(begun(['sms'], { sendAt: inSeconds(90) }), [TIME_PASSED]);
    expect(delivery.next).toEqual({ do: 'attempt' });
  });

  test('is attempted at once where its send_at has passed', () => {
    expect(begun(['sms'], { sendAt: inSeconds(-90) }).next).toEqual({ do: 'attempt' });
  });

  test('that has expired on arrival fails in a step of its own, so that this is recorded', () => {
    const delivery = begun(['sms'], { expiresAt: inSeconds(-1) });
    const after = advance(delivery, TIME_PASSED, POLICY, NOW);
    expect([delivery.next.do, after.next.do, after.status, after.failure?.code]).toEqual([
      'wait',
      'end',
      'failed',
      'expired',
    ]);
  });

  test('fails when it expires before its send_at', () => {
    const delivery = begun(['sms'], { sendAt: inSeconds(90), expiresAt: inSeconds(60) });
    expect(play(delivery, [TIME_PASSED])).toMatchObject({ status: 'failed', failure: { code: 'expired' } });
  });

  test('needs a plan with a channel', () => {
    expect(() => begun([])).toThrow(RangeError);
  });
});

describe('an accepted message', () => {
  test('has been sent and ends', () => {
    expect(play(begun(['sms', 'email']), [ACCEPTED])).toMatchObject({ status: 'sent', next: { do: 'end' } });
  });

  test('shows no failure of the attempts before', () => {
    expect(play(begun(['sms']), [failed('transient'), TIME_PASSED, ACCEPTED]).failure).toBeNull();
  });
});

describe('a transient failure', () => {
  test('is tried again on the same channel after each delay of the policy', () => {
    const first = play(begun(['sms', 'email']), [failed('transient')]);
    const second = advance({ ...first, next: { do: 'attempt' } }, failed('transient'), POLICY, NOW);
    expect([first.channel, waitSeconds(first), waitSeconds(second)]).toEqual(['sms', 30, 120]);
  });

  test.each([
    [0, 27],
    [1, 33],
  ])('spreads the delay by a tenth: with %d it is %d seconds', (random, seconds) => {
    const failure = { kind: 'transient', code: 'code' } as const;
    const delivery = advance(begun(['sms']), { type: 'failed', failure, random }, POLICY, NOW);
    expect(waitSeconds(delivery)).toBeCloseTo(seconds, 2);
  });

  test('waits longer where the provider asks for it', () => {
    expect(waitSeconds(play(begun(['sms']), [failed('transient', 300)]))).toBe(300);
  });

  test('moves on to the next channel when the attempts are used up', () => {
    const events = Array.from({ length: attemptLimit(POLICY.channels.sms) }, () => [failed('transient'), TIME_PASSED]);
    expect(play(begun(['sms', 'email']), events.flat().slice(0, -1))).toMatchObject({
      channel: 'email',
      attemptsOnChannel: 0,
      next: { do: 'attempt' },
    });
  });

  test('waits no longer than until the message expires, and then the message has failed', () => {
    const waiting = play(begun(['sms'], { expiresAt: inSeconds(10) }), [failed('transient')]);
    expect([waitSeconds(waiting), play(waiting, [TIME_PASSED]).failure?.code]).toEqual([10, 'expired']);
  });
});

describe('a throttled attempt', () => {
  test('is tried again after what the provider asked for, and a little more', () => {
    expect(waitSeconds(play(begun(['sms']), [failed('throttled', 200)]))).toBeCloseTo(210, 5);
  });

  test('is tried again after the delay of the policy where the provider named none', () => {
    expect(waitSeconds(play(begun(['sms']), [failed('throttled')]))).toBeCloseTo(63, 5);
  });

  test('does not use up an attempt', () => {
    expect(play(begun(['sms']), [failed('throttled')]).attemptsOnChannel).toBe(0);
  });

  test('uses up attempts once the provider has said "later" too often, so that it comes to an end', () => {
    const events = Array.from({ length: 5 }, () => [failed('throttled'), TIME_PASSED]).flat();
    expect(play(begun(['sms', 'email']), events)).toMatchObject({ channel: 'email', throttlesOnChannel: 0 });
  });
});

describe('an uncertain attempt', () => {
  test('is resent like a transient failure by default', () => {
    expect(play(begun(['sms']), [failed('uncertain')]).next).toMatchObject({ do: 'wait', for: 'retry' });
  });

  test('is held for an operator where the policy says so', () => {
    const delivery = play(begun(['sms', 'email']), [failed('uncertain')], HOLD);
    expect(delivery).toMatchObject({
      status: 'pending',
      channel: 'sms',
      next: { for: 'operator', until: NOW + 3.6e6 },
    });
  });

  test('that was held goes to the next channel when no operator came', () => {
    const delivery = play(begun(['sms', 'email']), [failed('uncertain'), TIME_PASSED], HOLD);
    expect(delivery).toMatchObject({ channel: 'email', next: { do: 'attempt' } });
  });
});

describe.each(['unreachable', 'opted_out', 'rejected', 'misconfigured'] as const)('a failure that is %s', (kind) => {
  test('moves on to the next channel at once', () => {
    expect(play(begun(['sms', 'email']), [failed(kind)])).toMatchObject({ channel: 'email', next: { do: 'attempt' } });
  });

  test('on the last channel makes the message wait for an operator as failed', () => {
    expect(play(begun(['sms']), [failed(kind)])).toMatchObject({
      status: 'failed',
      failure: { code: `code_${kind}` },
      next: { do: 'wait', for: 'operator', until: NOW + 3_600_000 },
    });
  });

  test('does not attempt the next channel when the message has expired meanwhile', () => {
    const delivery = begun(['sms', 'email'], { expiresAt: inSeconds(5) });
    const after = advance(delivery, failed(kind), POLICY, NOW + 5_000);
    expect(after).toMatchObject({ status: 'failed', failure: { code: 'expired' }, next: { do: 'end' } });
  });
});

test('a failed message ends as failed when no operator came in time', () => {
  const delivery = play(begun(['sms']), [failed('unreachable'), TIME_PASSED]);
  expect(delivery).toMatchObject({ status: 'failed', failure: { code: 'code_unreachable' }, next: { do: 'end' } });
});

describe('a changed plan', () => {
  const changed = { type: 'plan_changed', plan: planOf(['email'], { revision: 2 }) } as const;

  test('starts a pending message anew', () => {
    const delivery = play(begun(['sms']), [failed('transient'), changed]);
    expect(delivery).toMatchObject({ channel: 'email', attemptsOnChannel: 0, failure: null, next: { do: 'attempt' } });
  });

  test('can move the time of a scheduled message', () => {
    const plan = planOf(['sms'], { revision: 2, sendAt: inSeconds(60) });
    const delivery = play(begun(['sms'], { sendAt: inSeconds(3600) }), [{ type: 'plan_changed', plan }]);
    expect(waitSeconds(delivery)).toBe(60);
  });

  test('that is not newer than the one in use changes nothing', () => {
    const delivery = begun(['sms']);
    expect(advance(delivery, { type: 'plan_changed', plan: planOf(['email']) }, POLICY, NOW)).toBe(delivery);
  });

  test('comes too late where a provider has taken the message, and is only noted', () => {
    const waiting = play(begun(['sms', 'email'], { escalateAfterSeconds: 60, until: 'read' }), [ACCEPTED]);
    const after = advance(waiting, changed, POLICY, NOW);
    expect(after).toEqual({ ...waiting, plan: { ...waiting.plan, revision: 2 } });
  });
});
