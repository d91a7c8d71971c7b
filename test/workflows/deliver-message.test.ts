import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { HOLD, planOf } from '../domain/deliveries.ts';
import { ACCEPTED, failing, type Script, useStage } from './stage.ts';

const DAY = 24 * 3600;

const stage = useStage();

async function delivered(plan: ReturnType<typeof planOf>, script?: Script) {
  const message = await stage.start(plan, script);
  const result = await message.result();
  return { message, result };
}

describe('a message that a provider takes at once', () => {
  test('has been sent', async () => {
    const { result } = await delivered(planOf(['sms']));
    expect(result).toEqual({ status: 'sent', channel: 'sms', errorCode: null });
  });

  test('needs one local activity, the call, and one local activity', async () => {
    const { message } = await delivered(planOf(['sms']));
    expect(message.steps).toEqual(['render', 'send', 'record']);
  });

  test('is called for once, by the id of the attempt that was rendered', async () => {
    const { message } = await delivered(planOf(['sms']));
    expect(message.attemptIds).toEqual([`${message.id}/sms/1`]);
  });

  test('is started only once, however often it is asked for', async () => {
    const { message } = await delivered(planOf(['sms']));
    await message.start();
    expect(message.channels).toEqual(['sms']);
  });
});

describe('a transient failure', () => {
  test('is tried again at the delays of the policy', async () => {
    const { message } = await delivered(planOf(['sms']), {
      policy: DEFAULT_POLICY,
      sends: [1, 2, 3, 4].map(() => failing('transient')),
    });
    const expected = DEFAULT_POLICY.channels.sms.retryDelaysSeconds;
    const ratios = message.pauses.map((pause, index) => pause / (expected[index] ?? 0));
    for (const ratio of [Math.min(...ratios), Math.max(...ratios)]) expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
  });

  test('is recorded with the channel that failed and the time of the next attempt', async () => {
    const { message } = await delivered(planOf(['sms', 'email']), { sends: [failing('transient')] });
    const { at, input } = message.recorded('attempt_failed');
    const wait = (Date.parse(input.waitingUntil ?? '') - at) / 1000;
    expect([input.event.channel, input.waitingFor, wait > 26 && wait < 34]).toEqual(['sms', 'retry', true]);
  });

  test('goes on to the next channel, rendered anew for it, when the attempts are used up', async () => {
    const { message, result } = await delivered(planOf(['whatsapp', 'email']), {
      sends: [failing('transient'), failing('transient'), failing('transient')],
    });
    const rendered = message.calls.flatMap((call) => (call.activity === 'render' ? [call.input.channel] : []));
    expect([result.channel, rendered]).toEqual(['email', ['whatsapp', 'whatsapp', 'whatsapp', 'email']]);
  });

  test('gives each attempt a token of its own', async () => {
    const { message } = await delivered(planOf(['sms']), { sends: [failing('transient'), failing('transient')] });
    const tokens = message.calls.flatMap((call) => (call.activity === 'render' ? [call.input.token] : []));
    expect(new Set(tokens).size).toBe(3);
  });
});

test('a throttled attempt is tried again after the delay that the provider named', async () => {
  const { message } = await delivered(planOf(['sms']), { sends: [failing('throttled', 500)] });
  const [pause = 0] = message.pauses;
  expect([pause >= 500, pause < 560]).toEqual([true, true]);
});

describe('when a channel cannot be used', () => {
  test('the next one is attempted at once', async () => {
    const { message } = await delivered(planOf(['whatsapp', 'sms']), { sends: [failing('unreachable')] });
    expect([message.channels, Math.round(message.pauses[0] ?? 99)]).toEqual([['whatsapp', 'sms'], 0]);
  });

  test('because its content cannot be rendered, no provider is called for it', async () => {
    const failure = { kind: 'rejected', code: 'render_failed' } as const;
    const { message } = await delivered(planOf(['whatsapp', 'sms']), { renders: [{ do: 'fail', failure }] });
    expect(message.channels).toEqual(['sms']);
  });

  test('and no other is left, the message waits for an operator and ends as failed when nobody comes', async () => {
    const message = await stage.start(planOf(['whatsapp', 'sms']), {
      sends: [failing('unreachable'), failing('rejected')],
    });
    const { status, failure, waitingUntil } = await message.waitingFor('operator');
    await message.result();
    const early = Date.parse(waitingUntil ?? '') - (await message.endedAt());
    expect([status, failure?.code, Math.abs(early) < 5_000]).toEqual(['failed', 'code_rejected', true]);
  });
});

test('an uncertain attempt on hold waits for an operator before the next channel is attempted', async () => {
  const message = await stage.start(planOf(['sms', 'email']), { policy: HOLD, sends: [failing('uncertain')] });
  const { status } = await message.waitingFor('operator');
  await message.result();
  const [pause = 0] = message.pauses;
  expect([status, message.channels, Math.round(pause / 60)]).toEqual(['pending', ['sms', 'email'], 60]);
});

describe('time', () => {
  test('passes until send_at, days ahead, before anything is done', async () => {
    const sendAt = await stage.inSeconds(5 * DAY);
    const message = await stage.start(planOf(['sms'], { sendAt }));
    await message.result();
    const late = (message.calls[0]?.at ?? 0) - Date.parse(sendAt);
    expect([late >= 0, late < 5_000, message.steps]).toEqual([true, true, ['render', 'send', 'record']]);
  });

  test('ends the retries of a message that expires', async () => {
    const message = await stage.start(planOf(['sms'], { expiresAt: await stage.inSeconds(60) }), {
      sends: [failing('transient'), failing('transient')],
    });
    const result = await message.result();
    expect([result.errorCode, message.timeline.at(-1), message.channels]).toEqual([
      'expired',
      'expired',
      ['sms', 'sms'],
    ]);
  });

  test('that has run out on arrival is recorded, and nothing is sent', async () => {
    const { message, result } = await delivered(planOf(['sms'], { expiresAt: await stage.inSeconds(-1) }));
    expect([result.status, result.errorCode, message.steps]).toEqual(['failed', 'expired', ['record']]);
  });
});

describe('what the database says before an attempt', () => {
  test('replaces the plan where the sender has changed it', async () => {
    const plan = planOf(['email'], { revision: 2 });
    const { message } = await delivered(planOf(['sms']), { renders: [{ do: 'replan', plan }] });
    expect([message.channels, message.timeline]).toEqual([['email'], ['plan_changed: email', 'sent']]);
  });

  test('stops a message that has been cancelled or deleted', async () => {
    const { message, result } = await delivered(planOf(['sms']), { renders: [{ do: 'stop' }] });
    expect([result.errorCode, message.channels]).toEqual(['cancelled', []]);
  });

  test('counts as acceptance where an earlier attempt was taken after all', async () => {
    const { message, result } = await delivered(planOf(['sms']), {
      sends: [failing('uncertain')],
      renders: [null, { do: 'accept' }],
    });
    expect([result.status, message.channels]).toEqual(['sent', ['sms']]);
  });

  test('stops the attempt right before the call as well', async () => {
    const { result } = await delivered(planOf(['sms']), { sends: [{ outcome: 'stopped' }] });
    expect(result.errorCode).toBe('cancelled');
  });
});

describe('a plan that the sender changes', () => {
  test('while the message is scheduled moves its time', async () => {
    const message = await stage.start(planOf(['sms'], { sendAt: await stage.inSeconds(5 * DAY) }));
    const sendAt = await stage.inSeconds(DAY);
    const plan = planOf(['email'], { revision: 2, sendAt });
    await message.signal({ name: 'planChanged', argument: { plan } });
    await message.result();
    const late = message.recorded('sent').at - Date.parse(sendAt);
    expect([Math.abs(late) < 5_000, message.channels]).toEqual([true, ['email']]);
  });

  test('during the wait for a retry starts it anew', async () => {
    const message = await stage.start(planOf(['sms']), { sends: [failing('transient'), ACCEPTED] });
    await message.waitingFor('retry');
    await message.signal({ name: 'planChanged', argument: { plan: planOf(['email'], { revision: 2 }) } });
    await message.result();
    expect(message.channels).toEqual(['sms', 'email']);
  });
});

describe('a call that breaks down without an answer', () => {
  test('is made again for the same attempt', async () => {
    const { message, result } = await delivered(planOf(['sms']), {
      sends: [() => Promise.reject(new Error('the worker broke down'))],
    });
    const [first] = message.attemptIds;
    expect([result.status, message.attemptIds]).toEqual(['sent', [first, first]]);
  });
});
