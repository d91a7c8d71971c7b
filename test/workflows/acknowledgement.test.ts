import { describe, expect, test } from 'vitest';
import type { Channel } from '../../src/domain/channels.ts';
import { planOf, toBeAcknowledged } from '../domain/deliveries.ts';
import { failing, HeldCall, type StagedMessage, useStage } from './stage.ts';

const stage = useStage();

async function acknowledge(message: StagedMessage, channel: Channel): Promise<void> {
  await message.signal({ name: 'acknowledge', argument: { channel, actor: 'recipient' } });
}

/** A message by sms and then email, in two rounds, of which the first text has been taken. */
async function waitingForSomebody(): Promise<StagedMessage> {
  const message = await stage.start(planOf(['sms', 'email'], toBeAcknowledged(2)));
  await message.waitingFor('receipt');
  return message;
}

describe('a message that goes on until acknowledged', () => {
  test('goes through its plan round by round and then waits for an operator', async () => {
    const message = await waitingForSomebody();
    const result = await message.result();
    expect([result, message.channels]).toEqual([
      { status: 'sent', channel: 'email', errorCode: 'not_acknowledged' },
      ['sms', 'email', 'sms', 'email'],
    ]);
  });

  test('tells its rounds in the timeline', async () => {
    const message = await waitingForSomebody();
    await message.result();
    expect(message.timeline).toEqual([
      ...['sent', 'escalated', 'sent', 'escalated: round 2', 'sent', 'escalated', 'sent'],
      ...['not_acknowledged', 'wait_ended: operator'],
    ]);
  });

  test('ends when the person acknowledges', async () => {
    const message = await waitingForSomebody();
    await acknowledge(message, 'sms');
    const { status, errorCode } = await message.result();
    expect([status, errorCode, message.channels]).toEqual(['sent', null, ['sms']]);
  });

  test('records where the person has acknowledged, and that it was them', async () => {
    const message = await waitingForSomebody();
    await acknowledge(message, 'sms');
    await message.result();
    const { event } = message.recorded('acknowledged').input;
    expect([event.channel, event.actor]).toEqual(['sms', 'recipient']);
  });

  test('does not end because it was read', async () => {
    const message = await waitingForSomebody();
    await message.signal({ name: 'receipt', argument: { status: 'read', channel: 'sms' } });
    await message.result();
    expect(message.channels).toEqual(['sms', 'email', 'sms', 'email']);
  });

  test('sends nothing more after a complaint, and waits for an operator', async () => {
    const message = await stage.start(planOf(['email', 'sms'], toBeAcknowledged(2)));
    await message.waitingFor('receipt');
    await message.signal({ name: 'receipt', argument: { status: 'complained', channel: 'email' } });
    await message.waitingFor('operator');
    const { errorCode } = await message.result();
    expect({ errorCode, channels: message.channels }).toEqual({ errorCode: 'not_acknowledged', channels: ['email'] });
  });

  test('sends nothing more after an acknowledgement that comes during a call', async () => {
    const held = new HeldCall();
    const plan = planOf(['sms', 'email'], { ...toBeAcknowledged(2), escalateAfterSeconds: 0 });
    const message = await stage.start(plan, { sends: [{ outcome: 'accepted' }, held.send] });
    await held.begun;
    await acknowledge(message, 'sms');
    held.end(failing('transient'));
    const { status } = await message.result();
    expect([status, message.channels]).toEqual(['sent', ['sms', 'email']]);
  });

  test('learns from the database of an acknowledgement whose signal was lost', async () => {
    const message = await stage.start(planOf(['sms', 'email'], toBeAcknowledged(2)), {
      renders: [null, { do: 'acknowledge', channel: 'sms' }],
    });
    const result = await message.result();
    expect([result, message.channels]).toEqual([{ status: 'sent', channel: 'sms', errorCode: null }, ['sms']]);
  });

  test('learns right before a call that the person has acknowledged', async () => {
    const message = await stage.start(planOf(['sms', 'email'], toBeAcknowledged(2)), {
      sends: [{ outcome: 'accepted' }, { outcome: 'acknowledged', channel: 'sms' }],
    });
    await message.result();
    expect(message.timeline.at(-1)).toBe('acknowledged');
  });
});

describe('a message whose workflow had ended', () => {
  const past = { status: 'sent', channel: 'sms', failure: { kind: 'rejected', code: 'not_acknowledged' } } as const;

  test('records an acknowledgement that comes late', async () => {
    const message = stage.prepare(planOf(['sms']), { past });
    await acknowledge(message, 'sms');
    const { errorCode } = await message.result();
    expect([errorCode, message.timeline]).toEqual([null, ['acknowledged']]);
  });

  test('records no acknowledgement twice', async () => {
    const message = stage.prepare(planOf(['sms']), { past: { ...past, failure: null, isAcknowledged: true } });
    await acknowledge(message, 'sms');
    await message.result();
    expect(message.timeline).toEqual([]);
  });

  test('that nobody acknowledged is sent again by a retry', async () => {
    const message = stage.prepare(planOf(['sms'], toBeAcknowledged(1)), { past });
    await message.retry();
    await message.waitingFor('receipt');
    await acknowledge(message, 'sms');
    await message.result();
    expect(message.timeline).toEqual(['retry', 'sent', 'acknowledged']);
  });
});
