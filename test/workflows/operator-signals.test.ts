import { describe, expect, test } from 'vitest';
import type { Channel } from '../../src/domain/channels.ts';
import { planOf } from '../domain/deliveries.ts';
import { type Moment, messageAt } from './messages-in-states.ts';
import { ACCEPTED, HeldCall, type StagedMessage, useStage } from './stage.ts';

const stage = useStage();

/** Sends a signal twice at one moment of a message's life, and tells how that life ended. */
async function livedWith(moment: Moment, signal: (message: StagedMessage) => Promise<void>) {
  const { message, finish } = await messageAt(stage, moment);
  const signalledAt = await stage.now();
  await signal(message);
  await signal(message);
  const { status, errorCode } = await finish();
  const lasted = ((await message.endedAt()) - signalledAt) / 1000;
  return { channels: message.channels, outcome: errorCode ?? status, lasted };
}

type Life = [moment: Moment, channels: Channel[], outcome: string, seconds: number];

/** For `closeTo`, which takes half of ten to the power of its negative: 15 seconds, enough for jitter and slow machines. */
const PRECISION = -Math.log10(30);

/** A life that lasted about that many seconds after the signal. */
function lifeOf(channels: Channel[], outcome: string, seconds: number) {
  return { channels, outcome, lasted: expect.closeTo(seconds, PRECISION) };
}

describe('retry, sent twice', () => {
  test.each<Life>([
    ['schedule', ['whatsapp'], 'sent', 24 * 3600],
    ['quiet', ['whatsapp'], 'sent', 0],
    ['call', ['whatsapp', 'whatsapp'], 'sent', 0],
    ['retry', ['whatsapp', 'whatsapp'], 'sent', 0],
    ['receipt', ['whatsapp', 'sms'], 'sent', 600],
    ['operator', ['whatsapp', 'sms', 'whatsapp'], 'sent', 0],
  ])(
    'at the moment "%s" leads to attempts on %j and the outcome "%s" after about %d s',
    async (moment, ...expected) => {
      const life = await livedWith(moment, (message) => message.retry());
      expect(life).toEqual(lifeOf(...expected));
    },
  );
});

describe('cancel, sent twice', () => {
  test.each<Life>([
    ['schedule', [], 'cancelled', 0],
    ['quiet', [], 'cancelled', 0],
    ['call', ['whatsapp'], 'cancelled', 0],
    ['retry', ['whatsapp'], 'cancelled', 0],
    ['receipt', ['whatsapp'], 'cancelled', 0],
    ['operator', ['whatsapp', 'sms'], 'code_unreachable', 0],
  ])(
    'at the moment "%s" leads to attempts on %j and the outcome "%s" after about %d s',
    async (moment, ...expected) => {
      const life = await livedWith(moment, (message) => message.cancel());
      expect(life).toEqual(lifeOf(...expected));
    },
  );
});

describe('switching to email, sent twice', () => {
  test.each<Life>([
    ['schedule', ['email'], 'sent', 24 * 3600],
    ['quiet', ['email'], 'sent', 0],
    ['call', ['whatsapp', 'email'], 'sent', 0],
    ['retry', ['whatsapp', 'email'], 'sent', 0],
    ['receipt', ['whatsapp', 'email', 'sms'], 'sent', 600],
    ['operator', ['whatsapp', 'sms', 'email'], 'sent', 0],
  ])(
    'at the moment "%s" leads to attempts on %j and the outcome "%s" after about %d s',
    async (moment, ...expected) => {
      const life = await livedWith(moment, (message) => message.switchTo('email'));
      expect(life).toEqual(lifeOf(...expected));
    },
  );
});

describe('resolve, sent twice', () => {
  test.each<Life>([
    ['schedule', ['whatsapp'], 'sent', 24 * 3600],
    ['quiet', ['whatsapp'], 'sent', 8 * 3600],
    ['call', ['whatsapp', 'whatsapp'], 'sent', 30],
    ['retry', ['whatsapp', 'whatsapp'], 'sent', 30],
    ['receipt', ['whatsapp', 'sms'], 'sent', 600],
    ['operator', ['whatsapp', 'sms'], 'code_unreachable', 0],
  ])(
    'at the moment "%s" leads to attempts on %j and the outcome "%s" after about %d s',
    async (moment, ...expected) => {
      const life = await livedWith(moment, (message) =>
        message.signal({ name: 'resolve', argument: { actor: 'key:test' } }),
      );
      expect(life).toEqual(lifeOf(...expected));
    },
  );
});

describe('a signal during a call that the provider accepts', () => {
  test.each(['retry', 'cancel', 'switchChannel'] as const)('sends nothing again: %s', async (name) => {
    const held = new HeldCall();
    const message = await stage.start(planOf(['whatsapp', 'sms']), { sends: [held.send] });
    await held.begun;
    await (name === 'switchChannel' ? message.switchTo('sms') : message[name]());
    held.end(ACCEPTED);
    const { status } = await message.result();
    expect([status, message.channels]).toEqual(['sent', ['whatsapp']]);
  });

  test('is recorded as having had no effect', async () => {
    const held = new HeldCall();
    const message = await stage.start(planOf(['sms']), { sends: [held.send] });
    await held.begun;
    await message.cancel();
    held.end(ACCEPTED);
    await message.result();
    expect(message.timeline).toEqual(['sent', 'cancel: had no effect in this state']);
  });
});

test('the timeline names who sent a signal', async () => {
  const { message, finish } = await messageAt(stage, 'retry');
  await message.retry();
  await finish();
  expect(message.recorded('retry').input.event.actor).toBe('key:test');
});

test('a failed message that is retried runs its whole plan again', async () => {
  const { message, finish } = await messageAt(stage, 'operator');
  await message.retry();
  await finish();
  expect(message.timeline).toEqual([
    'attempt_failed: code_unreachable',
    'attempt_failed: code_unreachable',
    'retry',
    'sent',
  ]);
});

describe('a message whose workflow had ended', () => {
  const failedBefore = { status: 'failed', channel: 'sms', failure: { kind: 'rejected', code: 'cancelled' } } as const;

  test('as failed is sent by a retry', async () => {
    const message = stage.prepare(planOf(['whatsapp', 'sms']), { past: failedBefore });
    await message.retry();
    const { status } = await message.result();
    expect([status, message.channels]).toEqual(['sent', ['whatsapp']]);
  });

  test('as failed is sent on the channel that an operator switches to', async () => {
    const message = stage.prepare(planOf(['whatsapp']), { past: failedBefore });
    await message.switchTo('email');
    await message.result();
    expect(message.channels).toEqual(['email']);
  });

  test('ends again at once where a signal changes nothing', async () => {
    const message = stage.prepare(planOf(['whatsapp']), {
      past: { status: 'sent', channel: 'whatsapp', failure: null },
    });
    await message.retry();
    const { status } = await message.result();
    expect([status, message.steps]).toEqual(['sent', ['record']]);
  });
});
