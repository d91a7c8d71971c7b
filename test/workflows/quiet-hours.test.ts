import { expect, test } from 'vitest';
import { planOf } from '../domain/deliveries.ts';
import { messageAt } from './messages-in-states.ts';
import { ACCEPTED, failing, useStage } from './stage.ts';

const HOUR = 3600;

const stage = useStage();

/** The answer of a rendering that falls into quiet hours, which end that many seconds from now. */
async function quietFor(seconds: number) {
  return { do: 'postpone', until: await stage.inSeconds(seconds) } as const;
}

test('a message whose person is quiet goes out when they are not any more', async () => {
  const quiet = await quietFor(8 * HOUR);
  const message = await stage.start(planOf(['sms']), { renders: [quiet] });
  await message.result();
  const late = message.recorded('sent').at - Date.parse(quiet.until);
  expect([late >= 0, late < 5_000, message.timeline]).toEqual([true, true, [`postponed: ${quiet.until}`, 'sent']]);
});

test('a message whose person is quiet waits for the schedule', async () => {
  const { message, finish } = await messageAt(stage, 'quiet');
  const { waitingFor } = message.recorded('postponed').input;
  await finish();
  expect(waitingFor).toBe('schedule');
});

test('a message that expires in quiet hours is not sent', async () => {
  const quiet = await quietFor(8 * HOUR);
  const plan = planOf(['sms'], { expiresAt: await stage.inSeconds(HOUR) });
  const message = await stage.start(plan, { renders: [quiet] });
  const { errorCode } = await message.result();
  expect([errorCode, message.channels]).toEqual(['expired', []]);
});

test('a change by the sender in quiet hours counts for the attempt after them', async () => {
  const { message, finish } = await messageAt(stage, 'quiet');
  await message.signal({ name: 'planChanged', argument: { plan: planOf(['email'], { revision: 2 }) } });
  await finish();
  expect(message.channels).toEqual(['email']);
});

test('what an operator retries goes out although the person is quiet', async () => {
  const { message, finish } = await messageAt(stage, 'quiet');
  await message.retry();
  await finish();
  const asked = message.calls.flatMap((call) => (call.activity === 'render' ? [call.input.evenIfQuiet ?? false] : []));
  expect(asked).toEqual([false, true]);
});

test('a receipt that comes while an escalation waits for the end of quiet hours makes the escalation needless', async () => {
  const quiet = await quietFor(8 * HOUR);
  const plan = planOf(['whatsapp', 'sms'], { escalateAfterSeconds: 0, until: 'read' });
  const message = await stage.start(plan, { renders: [null, quiet] });
  await message.waitingFor('schedule');
  await message.signal({ name: 'receipt', argument: { status: 'read', channel: 'whatsapp' } });
  const { status, channel } = await message.result();
  expect([status, channel, message.channels]).toEqual(['sent', 'whatsapp', ['whatsapp']]);
});

test('the time until an escalation counts from when the message went out, not from when it was accepted', async () => {
  const plan = planOf(['whatsapp', 'sms'], { escalateAfterSeconds: 600, until: 'read' });
  const message = await stage.start(plan, { renders: [await quietFor(8 * HOUR)] });
  await message.result();
  const [pause = 0] = message.pauses;
  expect([message.channels, Math.abs(pause - 600) < 5]).toEqual([['whatsapp', 'sms'], true]);
});

test('a retry that falls into quiet hours waits for their end', async () => {
  const quiet = await quietFor(8 * HOUR);
  const message = await stage.start(planOf(['sms']), {
    sends: [failing('transient'), ACCEPTED],
    renders: [null, quiet],
  });
  await message.result();
  const [pause = 0] = message.pauses;
  expect(pause / HOUR).toBeCloseTo(8, 1);
});
