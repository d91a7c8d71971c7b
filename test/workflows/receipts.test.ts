import { describe, expect, test } from 'vitest';
import type { Channel } from '../../src/domain/channels.ts';
import type { DeliveryStatus } from '../../src/domain/statuses.ts';
import { planOf } from '../domain/deliveries.ts';
import { messageAt } from './messages-in-states.ts';
import { failing, HeldCall, type StagedMessage, useStage } from './stage.ts';

const UNTIL_READ = { escalateAfterSeconds: 600, until: 'read' } as const;

const stage = useStage();

async function report(message: StagedMessage, status: DeliveryStatus, channel: Channel): Promise<void> {
  await message.signal({ name: 'receipt', argument: { status, channel } });
}

describe('a message that escalates on silence', () => {
  test('is attempted on its next channel when nobody has read it in time', async () => {
    const message = await stage.start(planOf(['whatsapp', 'sms'], UNTIL_READ));
    await message.result();
    const [pause = 0] = message.pauses;
    expect([message.channels, Math.abs(pause - 600) < 5]).toEqual([['whatsapp', 'sms'], true]);
  });

  test('is left alone when the receipt comes in time', async () => {
    const { message, finish } = await messageAt(stage, 'receipt');
    await report(message, 'read', 'whatsapp');
    const { status } = await finish();
    expect([status, message.channels]).toEqual(['sent', ['whatsapp']]);
  });

  test('goes on waiting after a receipt that is not enough', async () => {
    const { message, finish } = await messageAt(stage, 'receipt');
    await report(message, 'delivered', 'whatsapp');
    await finish();
    expect(message.channels).toEqual(['whatsapp', 'sms']);
  });

  test('does not wait out its time when the provider could not deliver it', async () => {
    const { message, finish } = await messageAt(stage, 'receipt');
    await report(message, 'undelivered', 'whatsapp');
    await finish();
    const [pause = 99] = message.pauses;
    expect([message.channels, pause < 20]).toEqual([['whatsapp', 'sms'], true]);
  });

  test('ends when a late receipt comes while its next channel is tried', async () => {
    const held = new HeldCall();
    const message = await stage.start(planOf(['whatsapp', 'sms'], { escalateAfterSeconds: 0, until: 'read' }), {
      sends: [{ outcome: 'accepted' }, held.send],
    });
    await held.begun;
    await report(message, 'read', 'whatsapp');
    held.end(failing('transient'));
    const { status, channel } = await message.result();
    expect([status, channel, message.channels]).toEqual(['sent', 'whatsapp', ['whatsapp', 'sms']]);
  });
});

test('a failed delivery that is reported before its call has returned sends the message on its next channel', async () => {
  const held = new HeldCall();
  const message = await stage.start(planOf(['whatsapp', 'sms']), { sends: [held.send, { outcome: 'accepted' }] });
  await held.begun;
  await report(message, 'undelivered', 'whatsapp');
  held.end({ outcome: 'accepted' });
  const { channel } = await message.result();
  expect([channel, message.channels]).toEqual(['sms', ['whatsapp', 'sms']]);
});

describe('a failed delivery that is reported after the workflow had ended', () => {
  const past = { status: 'sent', channel: 'whatsapp', failure: null } as const;

  test('sends the message on its next channel', async () => {
    const message = stage.prepare(planOf(['whatsapp', 'sms']), { past });
    await report(message, 'undelivered', 'whatsapp');
    const result = await message.result();
    expect([result, message.channels]).toEqual([{ status: 'sent', channel: 'sms', errorCode: null }, ['sms']]);
  });

  test('does so once, however often it is reported', async () => {
    const message = stage.prepare(planOf(['whatsapp', 'sms']), { past });
    await report(message, 'undelivered', 'whatsapp');
    await report(message, 'undelivered', 'whatsapp');
    await message.result();
    expect(message.channels).toEqual(['sms']);
  });

  test('makes the message wait for an operator as failed where there is no next channel', async () => {
    const message = stage.prepare(planOf(['whatsapp']), { past });
    await report(message, 'bounced', 'whatsapp');
    const { status, failure } = await message.waitingFor('operator');
    await message.result();
    expect([status, failure?.code]).toEqual(['failed', 'receipt_bounced']);
  });

  test('wakes the workflow of a message that ran to its end before', async () => {
    const message = await stage.start(planOf(['whatsapp', 'sms']));
    await message.result();
    await message.signal({ name: 'receipt', argument: { status: 'undelivered', channel: 'whatsapp' } }, past);
    await message.result();
    expect(message.channels).toEqual(['whatsapp', 'sms']);
  });

  test('leaves no step behind when it says that all is well', async () => {
    const message = stage.prepare(planOf(['whatsapp', 'sms']), { past });
    await report(message, 'delivered', 'whatsapp');
    const { status } = await message.result();
    expect([status, message.steps]).toEqual(['sent', []]);
  });
});
