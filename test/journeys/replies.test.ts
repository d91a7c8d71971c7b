import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';

const content = 'Shall we keep your table?';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());

test('what somebody writes back is on the timeline of the message', async () => {
  const { id } = await stack.send({ recipient: { whatsapp: '+15005558701' }, channel: 'whatsapp', content });
  await stack.until(id, ({ status }) => status === 'sent');
  expect(await stack.reply({ channel: 'whatsapp', from: '+15005558701', text: 'Yes, please' })).toBe(200);
  await stack.until(id, ({ events }) => events.some(({ type }) => type === 'replied'));
});

test('somebody who texts STOP gets no more texts', async () => {
  const recipient = { phone: '+15005558702' };
  const { id } = await stack.send({ recipient, channel: 'sms', content });
  await stack.until(id, ({ status }) => status === 'sent');
  expect(await stack.reply({ channel: 'sms', from: '+15005558702', text: 'STOP' })).toBe(200);
  const next = await stack.send({ recipient, channel: 'sms', content });
  await stack.until(next.id, ({ status }) => status === 'failed');
  expect(await stack.taken('+15005558702')).toHaveLength(1);
});

test('a text to somebody who has not written on WhatsApp goes by SMS, and on WhatsApp once they have', async () => {
  const recipient = { whatsapp: '+15005556403', phone: '+15005558703' };
  const plan = { recipient, channel: 'whatsapp', fallback_channels: ['sms'], content } as const;
  const send = () => stack.send({ ...plan, fallback_channels: [...plan.fallback_channels] });
  const first = await send();
  await stack.until(first.id, ({ attempts }) => attempts[1]?.outcome === 'accepted');
  expect(await stack.reply({ channel: 'whatsapp', from: '+15005556403', text: 'Hi' })).toBe(200);
  const second = await send();
  await stack.until(second.id, ({ delivery_status }) => delivery_status === 'delivered');
  expect(await stack.taken('+15005558703', 'sms')).toHaveLength(1);
});
