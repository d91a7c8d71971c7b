import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import type { MessageJson } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());

const ALERT = { content: 'The pump has failed.', priority: 'high', until: 'acknowledged' } as const;
const LINK = /http\S+\/a\/[\w-]{43}/;

const isOver = ({ events, waiting_for }: MessageJson) =>
  waiting_for === null && events.some(({ type }) => type === 'acknowledged');

test('an alert that is not confirmed by text goes on by email, and ends when its link there is confirmed', async () => {
  const recipient = { phone: '+15005558711', email: 'on-call@example.com' };
  const { id } = await stack.send({
    ...{ ...ALERT, recipient, channel: 'sms', fallback_channels: ['email'], subject: 'Alert' },
    escalate_after: 6,
  });
  await stack.until(id, ({ attempts }) =>
    attempts.some(({ channel, outcome }) => channel === 'email' && outcome === 'accepted'),
  );
  const [mail] = await stack.taken('on-call@example.com');
  const link = LINK.exec(mail?.text ?? '')?.[0] ?? '';
  expect((await fetch(link)).status).toBe(200);
  expect((await stack.get(id)).acknowledged_at).toBeNull();
  const body = new URLSearchParams({ acknowledge: 'yes' });
  expect(await (await fetch(link, { method: 'POST', body })).text()).toContain('Confirmed');
  const over = await stack.until(id, isOver);
  expect(over).toMatchObject({ status: 'sent', acknowledged_channel: 'email', error_code: null });
  expect(over.attempts.map(({ channel }) => channel)).toEqual(['sms', 'email']);
});

test('an alert on WhatsApp ends when its button is tapped', async () => {
  const whatsapp = '+15005558712';
  const plan = { recipient: { whatsapp, email: 'second@example.com' }, channel: 'whatsapp' } as const;
  const { id } = await stack.send({ ...ALERT, ...plan, fallback_channels: ['email'], escalate_after: 3600 });
  await stack.until(id, ({ waiting_for }) => waiting_for === 'receipt');
  const [taken] = await stack.taken(whatsapp, 'whatsapp');
  const [button] = taken?.choices ?? [];
  const tapped = { channel: 'whatsapp', from: whatsapp, button_id: button?.id ?? '', button_text: 'Confirm' } as const;
  expect([button?.title, await stack.reply(tapped)]).toEqual(['Confirm', 200]);
  const over = await stack.until(id, isOver);
  expect(over).toMatchObject({ status: 'sent', acknowledged_channel: 'whatsapp' });
  expect(await stack.taken('second@example.com')).toEqual([]);
});
