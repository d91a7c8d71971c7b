import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => await stack.close());

test('a text reaches a phone, and its delivery is known', async () => {
  const recipient = { name: 'Maya', phone: '+15005558101' };
  const { id } = await stack.send({ recipient, channel: 'sms', content: 'Your table is ready: 7 pm — Café Zoë' });
  const message = await stack.until(id, ({ delivery_status }) => delivery_status === 'delivered');
  expect(message).toMatchObject({
    status: 'sent',
    channel: 'sms',
    retry_count: 0,
    error_code: null,
    waiting_for: null,
  });
  expect(await stack.taken('+15005558101')).toMatchObject([
    { channel: 'sms', from: '+15005550006', text: 'Your table is ready: 7 pm — Café Zoë' },
  ]);
});

test('a WhatsApp message reaches its number, and its reading is known', async () => {
  const content = 'Hi {{ name }} 👋 your parcel comes on {{ day | date: "%A" }}.';
  const variables = { name: 'Omar', day: '2027-03-01' };
  const recipient = { whatsapp: '+15005556001' };
  const { id } = await stack.send({ recipient, channel: 'whatsapp', content, variables });
  const message = await stack.until(id, ({ delivery_status }) => delivery_status === 'read');
  expect(message).toMatchObject({ status: 'sent', content: 'Hi Omar 👋 your parcel comes on Monday.' });
  expect(await stack.taken('+15005556001')).toMatchObject([
    { channel: 'whatsapp', from: '+14155238886', text: 'Hi Omar 👋 your parcel comes on Monday.' },
  ]);
});

test('an email arrives with its subject, both bodies, its attachment and where to reply', async () => {
  const invoice = Buffer.from('%PDF-1.7 an invoice');
  const { id } = await stack.send({
    recipient: { name: 'Layla Haddad', email: 'layla@example.com' },
    channel: 'email',
    subject: 'الفاتورة {{ number }}',
    content: 'Dear {{ name }}, your invoice is attached.',
    html: '<p>Dear {{ name }}, your <b>invoice</b> is attached.</p>',
    variables: { number: 4711, name: 'Layla <3' },
    reply_to: 'billing@example.com',
    attachments: [
      { filename: 'فاتورة.pdf', content_type: 'application/pdf', content_base64: invoice.toString('base64') },
    ],
  });
  await stack.until(id, isSent);
  const [mail, ...others] = await stack.taken('layla@example.com');
  expect(others).toEqual([]);
  expect(mail).toMatchObject({
    from: 'no-reply@localhost.localdomain',
    subject: 'الفاتورة 4711',
    text: 'Dear Layla <3, your invoice is attached.\n',
    html: '<p>Dear Layla &lt;3, your <b>invoice</b> is attached.</p>\n',
    attachments: [{ filename: 'فاتورة.pdf', content_type: 'application/pdf', size: invoice.length }],
    headers: { 'reply-to': 'billing@example.com', to: expect.stringContaining('Layla Haddad') },
  });
});

test('a fallback channel uses its own variant of the template', async () => {
  await createTemplate({
    channel: 'email',
    subject: 'Order {{ order }}',
    content: 'Your order {{ order }} is on its way.',
  });
  await createTemplate({ channel: 'sms', content: '{{ order }} is coming' });
  const { id } = await stack.send({
    recipient: { email: 'unknown+template@example.com', phone: '+15005558102' },
    channel: 'email',
    fallback_channels: ['sms'],
    template_id: 'order-shipped',
    variables: { order: 'A-17' },
  });
  const message = await stack.until(id, isSent);
  expect(message).toMatchObject({ channel: 'sms', template_name: 'order-shipped', content: 'A-17 is coming' });
  expect(await stack.taken('+15005558102')).toMatchObject([{ text: 'A-17 is coming' }]);
});

test('a stored person is found by the id that the sender gave them', async () => {
  const person = { external_id: 'customer-88', email: 'rosa@example.com', time_zone: 'America/Mexico_City' };
  expect(await stack.call('POST', '/api/recipients/', person)).toMatchObject({ status: 201 });
  const { id } = await stack.send({
    recipient: 'customer-88',
    channel: 'email',
    subject: 'Reminder',
    content: 'See you at {{ at | date: "%H:%M" }}',
    variables: { at: '2027-01-05T18:30:00Z' },
  });
  await stack.until(id, isSent);
  expect(await stack.taken('rosa@example.com')).toMatchObject([{ text: 'See you at 12:30\n' }]);
});

test('a request that is repeated with its key sends one message', async () => {
  const message = { recipient: { phone: '+15005558103' }, channel: 'sms', content: 'Once' };
  const key = { 'idempotency-key': randomUUID() };
  const post = async () => (await stack.call('POST', '/api/messages/', message, key)).body as { id: string };
  const { id } = await post();
  expect((await post()).id).toBe(id);
  await stack.until(id, isSent);
  expect(await stack.taken('+15005558103')).toHaveLength(1);
});

test('two hundred messages of ten senders all arrive, each once', async () => {
  const senders = Array.from({ length: 10 }, async (_, sender) => {
    for (let n = 0; n < 20; n += 1) await stack.send(mixedMessage(sender * 20 + n));
  });
  await Promise.all(senders);
  await expect.poll(() => count('pending'), { timeout: 100_000, interval: 500 }).toBe(0);
  expect(await count('failed')).toBe(0);
  const texts = (await stack.taken(''))
    .map(({ text }) => text?.trim() ?? '')
    .filter((text) => text.startsWith('load '));
  expect(texts.sort()).toEqual(Array.from({ length: 200 }, (_, n) => `load ${n}`).sort());
}, 120_000);

/** How many messages there are in a status, at most one page. */
async function count(status: string): Promise<number> {
  const { body } = await stack.call('GET', `/api/messages/?limit=200&status=${status}`);
  return (body as { results: unknown[] }).results.length;
}

async function createTemplate(template: { channel: string; content: string; subject?: string }): Promise<void> {
  const variables = { order: { type: 'string', required: true } };
  const answer = await stack.call('POST', '/api/templates/', { name: 'order-shipped', variables, ...template });
  expect(answer).toMatchObject({ status: 201 });
}

/** A fifth each: email, text, WhatsApp, an email at the second try, and a text after an email that could not go. */
function mixedMessage(n: number): Parameters<TestStack['send']>[0] {
  const content = `load ${n}`;
  const phone = `+150055583${String(n).padStart(3, '0').slice(1)}`;
  const mail = (email: string) => ({
    recipient: { email, phone },
    channel: 'email' as const,
    subject: 'Load',
    content,
  });
  switch (n % 5) {
    case 0:
      return mail(`load-${n}@example.com`);
    case 1:
      return { recipient: { phone }, channel: 'sms', content };
    case 2:
      return { recipient: { whatsapp: phone }, channel: 'whatsapp', content };
    case 3:
      return mail(`fail-1+${n}@example.com`);
    default:
      return { ...mail(`unknown+${n}@example.com`), fallback_channels: ['sms'] };
  }
}
