import { expect, onTestFinished, test } from 'vitest';
import type { OutgoingMessage } from '../../src/channels/channel.ts';
import { createSmsChannel } from '../../src/channels/sms.ts';
import { outgoingMessage } from './outgoing-message.ts';
import { recordRequests } from './recorded-requests.ts';

const SERVICE = `MG${'0'.repeat(32)}`;
const SENDERS = { GB: 'Keryu', US: SERVICE, DE: '+4930901820' };
const MINUTE = 60_000;

/** The forms that sending a text makes, and what came of it. */
async function sendText(parts: Partial<OutgoingMessage>, validitySeconds?: number) {
  const { baseUrl, requests } = await recordRequests({ sid: 'SM1', num_segments: '1' });
  const channel = createSmsChannel({
    twilio: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'secret', baseUrl, timeoutSeconds: 1 },
    ...{ from: '+15005550006', senders: SENDERS, publicUrl: 'https://messages.example.com' },
    ...(validitySeconds !== undefined && { validitySeconds }),
  });
  onTestFinished(() => channel.close());
  const sent = await channel.send(outgoingMessage({ to: '+442079460018', ...parts })).catch((error: unknown) => error);
  return { sent, forms: requests.map(({ form }) => form) };
}

async function validityOf(expiresAt: Date | null, validitySeconds?: number): Promise<number> {
  const { forms } = await sendText({ expiresAt }, validitySeconds);
  return Number(forms[0]?.get('ValidityPeriod'));
}

test.each([
  ['a name', 'GB', { From: 'Keryu' }],
  ['a Messaging Service', 'US', { MessagingServiceSid: SERVICE }],
  ['a number', 'DE', { From: '+4930901820' }],
  ['the default one where the key is not known', 'FR', { From: '+15005550006' }],
  ['the default one', 'default', { From: '+15005550006' }],
])('the sender of a text is %s', async (_what, sender, expected) => {
  const { forms } = await sendText({ sender });
  const [form] = forms;
  const shown = ['From', 'MessagingServiceSid'].flatMap((name) => (form?.has(name) ? [[name, form.get(name)]] : []));
  expect(Object.fromEntries(shown)).toEqual(expected);
});

test('Twilio keeps a text as long as the configuration says', async () => {
  expect(await validityOf(null, 600)).toBe(600);
});

test('Twilio keeps a text no longer than until it is of no use', async () => {
  const seconds = await validityOf(new Date(Date.now() + 5 * MINUTE), 600);
  expect(seconds).toBeGreaterThan(290);
  expect(seconds).toBeLessThanOrEqual(300);
});

test('a text that is of use for longer is kept as long as the configuration says', async () => {
  expect(await validityOf(new Date(Date.now() + 60 * MINUTE), 600)).toBe(600);
});

test('a text in its last second is kept for one', async () => {
  expect(await validityOf(new Date(Date.now() + 900), 600)).toBe(1);
});

test('nothing is said where Twilio may keep a text as long as it does anyway', async () => {
  const { forms } = await sendText({});
  expect(forms[0]?.has('ValidityPeriod')).toBe(false);
});

test('a text that is of no use any more is not handed over', async () => {
  const { sent, forms } = await sendText({ expiresAt: new Date(Date.now() - 1) });
  expect(forms).toEqual([]);
  expect(sent).toMatchObject({ name: 'DeliveryFailure', kind: 'rejected', code: 'expired' });
});
