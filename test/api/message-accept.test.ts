import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, FULL_EMAIL, SMS, WHATSAPP } from './bodies.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test.each([
  ['an email', EMAIL],
  ['a text message', SMS],
  ['a WhatsApp message', WHATSAPP],
  ['an email with every field', FULL_EMAIL],
  ['a WhatsApp message with a picture', { ...WHATSAPP, media_url: 'https://example.com/a.jpg' }],
])('%s is accepted as pending', async (_name, body) => {
  const { status, json } = await service.send(body);
  expect([status, json.status]).toEqual([201, 'pending']);
});

test('the answer says where the message is', async () => {
  const { headers, json } = await service.send(EMAIL);
  expect(headers.location).toBe(`/api/messages/${json.id}/`);
});

test('reading a message shows what accepting it has shown', async () => {
  const { json: accepted, headers } = await service.send(FULL_EMAIL);
  const { json: read } = await service.request('GET', headers.location ?? '');
  const { warnings: _, created_at: __, updated_at: ___, ...expected } = accepted;
  expect(read).toMatchObject(expected);
});

test('a message shows the text and subject as they are for its recipient', async () => {
  const { json } = await service.send(FULL_EMAIL);
  expect([json.content, json.subject]).toEqual(['Hello Ada', 'For Ada']);
});

test('content without variables is taken literally', async () => {
  const { json } = await service.send({ ...EMAIL, content: 'Use {{ name }} and {% tags %}' });
  expect(json.content).toBe('Use {{ name }} and {% tags %}');
});

test('the plan is the channel and then its fallbacks', async () => {
  const { json } = await service.send({ ...EMAIL, recipient: EVERYWHERE, fallback_channels: ['sms', 'whatsapp'] });
  expect(json.plan).toEqual(['email', 'sms', 'whatsapp']);
});

test('a message for later waits for its schedule', async () => {
  const { json } = await service.send({ ...EMAIL, send_at: '2099-01-01T00:00:00+01:00' });
  expect([json.waiting_for, json.send_at]).toEqual(['schedule', '2098-12-31T23:00:00.000Z']);
});

test('an accepted message has one event that says who sent it, and no attempt yet', async () => {
  const { json } = await service.request('GET', `/api/messages/${await service.sent(EMAIL)}/`);
  expect(json.attempts).toEqual([]);
  expect(json.events).toEqual([
    { at: expect.any(String), type: 'accepted', channel: 'email', detail: null, actor: expect.stringMatching(/^key:/) },
  ]);
});

test('one person with one external id is one recipient, however often they are written to', async () => {
  const first = await service.send({ ...EMAIL, recipient: { external_id: 'joan', email: 'joan@example.com' } });
  const second = await service.send({
    ...EMAIL,
    recipient: { external_id: 'joan', email: 'joan@example.com', phone: '+447911222333' },
  });
  expect(second.json.recipient).toBe(first.json.recipient);
});

test.each(['id', 'external_id'])('a stored recipient is written to by %s', async (field) => {
  const body = { external_id: `by-${field}`, email: 'by@example.com' };
  const { json: recipient } = await service.request('POST', '/api/recipients/', { body });
  const { json } = await service.send({ ...EMAIL, recipient: recipient[field] });
  expect(json.recipient).toBe(recipient.id);
});

test('a fallback without an address is a warning', async () => {
  const { status, json } = await service.send({ ...EMAIL, fallback_channels: ['sms'] });
  expect([status, json.warnings]).toEqual([
    201,
    [{ pointer: '/fallback_channels/0', code: 'no_address', message: 'The recipient has no address for sms.' }],
  ]);
});

test('messages for one new person at the same moment find one recipient', async () => {
  const body = { ...EMAIL, recipient: { external_id: 'at-once', email: 'at-once@example.com' } };
  const answers = await Promise.all(Array.from({ length: 8 }, () => service.send(body)));
  expect(new Set(answers.map(({ json }) => json.recipient)).size).toBe(1);
});

test('a message is handed to Temporal as soon as it is accepted', async () => {
  const id = await service.sent(EMAIL);
  const dispatchedAt = async () => {
    const query = service.db.selectFrom('messages').select('dispatched_at').where('id', '=', id);
    return (await query.executeTakeFirstOrThrow()).dispatched_at;
  };
  await expect.poll(dispatchedAt).toBeInstanceOf(Date);
});
