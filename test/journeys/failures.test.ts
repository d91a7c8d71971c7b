import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => await stack.close());

const subject = 'Appointment';
const content = 'Your appointment is tomorrow.';

test.concurrent('an email that its server puts off twice goes at the third try', async () => {
  const recipient = { email: 'fail-2+put-off@example.com' };
  const { id } = await stack.send({ recipient, channel: 'email', subject, content });
  const message = await stack.until(id, isSent);
  expect(message).toMatchObject({ retry_count: 2, error_code: null });
  expect(outcomes(message)).toEqual(['email failed', 'email failed', 'email accepted']);
  expect(await stack.taken('fail-2+put-off@example.com')).toHaveLength(1);
});

test.concurrent('a mailbox that does not exist hands over to the phone at once', async () => {
  const recipient = { email: 'unknown+gone@example.com', phone: '+15005558201' };
  const { id } = await stack.send({ recipient, channel: 'email', fallback_channels: ['sms'], subject, content });
  const message = await stack.until(id, isSent);
  expect(message).toMatchObject({ channel: 'sms', retry_count: 1, error_code: null });
  expect(message.attempts[0]).toMatchObject({ error_kind: 'unreachable', error_code: 'smtp_5.1.1' });
  expect(await stack.taken('+15005558201')).toMatchObject([{ text: content }]);
});

test.concurrent('a number that turns out not to be on WhatsApp gets a text, once', async () => {
  const recipient = { whatsapp: '+15005553201', phone: '+15005553201' };
  const { id } = await stack.send({ recipient, channel: 'whatsapp', fallback_channels: ['sms'], content });
  const message = await stack.until(id, ({ attempts }) => attempts[1]?.outcome === 'accepted');
  expect(outcomes(message)).toEqual(['whatsapp accepted', 'sms accepted']);
  await stack.until(id, ({ delivery_status }) => delivery_status === 'delivered');
  expect(await stack.taken('+15005553201', 'whatsapp')).toHaveLength(1);
  expect(await stack.taken('+15005553201', 'sms')).toHaveLength(1);
});

test.concurrent('a provider that asks for a pause gets it', async () => {
  const { id } = await stack.send({ recipient: { phone: '+15005551001' }, channel: 'sms', content });
  const { attempts } = await stack.until(id, isSent);
  expect(attempts).toMatchObject([{ error_kind: 'throttled', error_code: 'twilio_20429' }, { outcome: 'accepted' }]);
  const pause = Date.parse(attempts[1]?.started_at ?? '') - Date.parse(attempts[0]?.finished_at ?? '');
  expect(pause).toBeGreaterThanOrEqual(1000);
});

test.concurrent('pauses that a provider asks for use up no attempts', async () => {
  const { id } = await stack.send({ recipient: { phone: '+15005551101' }, channel: 'sms', content });
  const message = await stack.until(id, ({ attempts }) => attempts.length >= 5);
  expect(message.status).toBe('pending');
  expect(await stack.call('POST', `/api/messages/${id}/cancel/`)).toMatchObject({ status: 202 });
});

test.concurrent('a provider that is away for a moment is asked again', async () => {
  const { id } = await stack.send({ recipient: { phone: '+15005552201' }, channel: 'sms', content });
  const message = await stack.until(id, isSent);
  expect(message.retry_count).toBe(2);
  expect(await stack.taken('+15005552201')).toHaveLength(1);
});

test.concurrent('a message that no channel takes says why and waits for an operator', async () => {
  const recipient = { email: 'unknown+nobody@example.com', phone: '+15005550001' };
  const { id } = await stack.send({ recipient, channel: 'email', fallback_channels: ['sms'], subject, content });
  const message = await stack.until(id, ({ status }) => status === 'failed');
  expect(message).toMatchObject({ waiting_for: 'operator', error_code: 'twilio_21211', sent_at: null });
  expect(message.error_message).toMatch(/^[A-Z].{20,}\.$/);
  expect(message.events.map(({ type, detail }) => [type, detail])).toEqual([
    ['accepted', null],
    ['attempt_failed', 'smtp_5.1.1'],
    ['attempt_failed', 'twilio_21211'],
  ]);
});

test.concurrent('a channel that stays out of order is left for the next after its last try', async () => {
  const recipient = { email: 'busy+always@example.com', phone: '+15005558202' };
  const { id } = await stack.send({ recipient, channel: 'email', fallback_channels: ['sms'], subject, content });
  const message = await stack.until(id, isSent);
  expect(outcomes(message)).toEqual(['email failed', 'email failed', 'email failed', 'sms accepted']);
});

test.concurrent('receipts that come late and twice leave the message delivered', async () => {
  const { id } = await stack.send({ recipient: { phone: '+15005555101' }, channel: 'sms', content });
  await expect
    .poll(() => callbacksOf('+15005555101'), { timeout: 20_000 })
    .toBe('delivered:200 sent:200 delivered:200');
  const { delivery_status, events } = await stack.until(id, isSent);
  expect(delivery_status).toBe('delivered');
  expect(events.filter(({ type }) => type === 'receipt')).toMatchObject([{ detail: 'delivered' }]);
});

test.concurrent('a receipt that comes before the provider has answered is not lost', async () => {
  const { id } = await stack.send({ recipient: { phone: '+15005555501' }, channel: 'sms', content });
  const { attempts, events } = await stack.until(id, ({ delivery_status }) => delivery_status === 'delivered');
  expect(attempts).toMatchObject([{ outcome: 'accepted', provider_message_id: expect.stringMatching(/^SM/) }]);
  // The first tells only what the answer would have told, so that it is seen to have come before that.
  const receipts = events.filter(({ type }) => type === 'receipt').map(({ detail }) => detail);
  expect(receipts).toEqual(['accepted', 'delivered']);
  expect(await stack.taken('+15005555501')).toHaveLength(1);
});

test.concurrent('silence lets a message escalate', async () => {
  const recipient = { phone: '+15005556101', email: 'escalated@example.com' };
  const plan = { channel: 'sms' as const, fallback_channels: ['email' as const], subject, content };
  const { id } = await stack.send({ ...plan, recipient, escalate_after: 1, until: 'delivered' });
  const message = await stack.until(id, ({ attempts }) => attempts[1]?.outcome === 'accepted');
  expect(outcomes(message)).toEqual(['sms accepted', 'email accepted']);
});

test.concurrent('a receipt in time ends the wait before escalation', async () => {
  const recipient = { phone: '+15005558203', email: 'not-escalated@example.com' };
  const plan = { channel: 'sms' as const, fallback_channels: ['email' as const], subject, content };
  const { id } = await stack.send({ ...plan, recipient, escalate_after: 3600, until: 'delivered' });
  const message = await stack.until(id, (seen) => seen.delivery_status === 'delivered' && seen.waiting_for === null);
  expect(message).toMatchObject({ status: 'sent', channel: 'sms' });
});

test.concurrent('after a person has opted out of texts, the next message goes round that channel', async () => {
  const recipient = { phone: '+15005550004', email: 'opted-out@example.com' };
  const plan = { channel: 'sms' as const, fallback_channels: ['email' as const], subject, content };
  const first = await stack.until((await stack.send({ recipient, ...plan })).id, isSent);
  expect(first.attempts[0]).toMatchObject({ error_kind: 'opted_out', error_code: 'twilio_21610' });
  const again = { ...recipient, external_id: 'the same phone' };
  const second = await stack.until((await stack.send({ recipient: again, ...plan })).id, isSent);
  expect(second.attempts).toMatchObject([{ error_code: 'suppressed' }, { channel: 'email', outcome: 'accepted' }]);
});

function outcomes({ attempts }: MessageJson): string[] {
  return attempts.map(({ channel, outcome }) => `${channel} ${outcome}`);
}

/** The receipts that the provider has sent for a number, with what they were answered. */
async function callbacksOf(number: string): Promise<string | undefined> {
  const [taken] = await stack.taken(number);
  return taken?.headers.callbacks;
}
