import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PUBLIC_URL, type Service, startService, TWILIO_AUTH_TOKEN } from '../support/service.ts';
import { EMAIL, EVERYWHERE, NO_ID } from './bodies.ts';
import { handOver, sendOff } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const PATH = '/api/webhooks/twilio/status/';
let count = 0;

/** A text message that Twilio has taken. */
const taken = async () => {
  count += 1;
  const sid = `SM${String(count).padStart(32, '0')}`;
  const id = await service.sent({ ...EMAIL, recipient: EVERYWHERE, channel: 'sms' });
  const attemptId = await sendOff(service.db, id, sid);
  return { id, sid, url: `${PATH}?m=${id}&a=${attemptId}` };
};
type Form = Record<string, string>;
const signed = (url: string, form: Form, token = TWILIO_AUTH_TOKEN) =>
  getExpectedTwilioSignature(token, `${PUBLIC_URL}${url}`, form);
const post = async (url: string, form: Form, headers: Record<string, string>) =>
  await service.request('POST', url, {
    ...{ key: null, raw: new URLSearchParams(form).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
const callBack = async (url: string, form: Form) => await post(url, form, { 'x-twilio-signature': signed(url, form) });
const statusForm = (sid: string, status: string, more: Form = {}): Form => ({
  ...{ MessageSid: sid, SmsSid: sid, MessageStatus: status, SmsStatus: status, AccountSid: 'AC1' },
  ...(status === 'undelivered' ? { ErrorCode: '30003' } : {}),
  ...more,
});
const read = async (id: string) => (await service.request('GET', `/api/messages/${id}/`)).json;
const receiptsOf = async (id: string) =>
  (await read(id)).events.filter(({ type }: { type: string }) => type === 'receipt').map(detailOf);
const detailOf = ({ detail }: { detail: string }) => detail;
const countReceipts = async (sid: string) =>
  (await service.db.selectFrom('receipts').select('id').where('provider_message_id', '=', sid).execute()).length;

describe('a signature', () => {
  test('that fits is taken', async () => {
    const { sid, url } = await taken();
    expect((await callBack(url, statusForm(sid, 'delivered'))).status).toBe(200);
  });

  test('is made of the public URL, whatever a proxy makes of it', async () => {
    const { id, sid, url } = await taken();
    const form = statusForm(sid, 'delivered');
    const headers = { 'x-twilio-signature': signed(url, form), host: '10.0.0.7:8080', 'x-forwarded-proto': 'http' };
    const { status } = await post(url, form, headers);
    expect([status, (await read(id)).delivery_status]).toEqual([200, 'delivered']);
  });

  test.each([
    ['that is missing', () => undefined],
    ['that is empty', () => ''],
    ['that is no base64', () => '!'],
    ['of another token', (url: string, form: Form) => signed(url, form, 'another token')],
    ['of another URL', (url: string, form: Form) => signed(`${url}&x=1`, form)],
    ['of another status', (url: string, form: Form) => signed(url, { ...form, MessageStatus: 'read' })],
    ['of one field less', (url: string, { SmsSid: _, ...form }: Form) => signed(url, form)],
    ['of the address that a proxy asks', (url: string, form: Form) => signatureOf(`http://127.0.0.1:80${url}`, form)],
  ])('%s is refused', async (_what, signature) => {
    const { sid, url } = await taken();
    const form = statusForm(sid, 'delivered');
    const header = signature(url, form);
    const { status, json } = await post(url, form, header === undefined ? {} : { 'x-twilio-signature': header });
    expect([status, json.code, await countReceipts(sid)]).toEqual([403, 'invalid_signature', 0]);
  });
});

test('a signature of a kind that cannot be checked is refused, and counted apart from forged ones', async () => {
  const { sid, url } = await taken();
  const form = statusForm(sid, 'delivered');
  const settings = { 'x-twilio-webhooks-signature-settings': 'key=1,algorithm=HMAC_SHA256' };
  const { status, json } = await post(url, form, { 'x-twilio-signature': signed(url, form), ...settings });
  const { text } = await service.request('GET', '/metrics');
  expect([status, json.code]).toEqual([403, 'unsupported_signature']);
  expect(text).toContain('receipts_total{provider="twilio",result="unverifiable"} 1');
});

const signatureOf = (url: string, form: Form) => getExpectedTwilioSignature(TWILIO_AUTH_TOKEN, url, form);

test('a body of another type is refused', async () => {
  const { sid, url } = await taken();
  const body = statusForm(sid, 'delivered');
  const headers = { 'x-twilio-signature': signed(url, {}) };
  expect([400, 403]).toContain((await service.request('POST', url, { key: null, body, headers })).status);
});

test.each([
  ['no status', { MessageSid: 'SM1' }],
  ['no id', { MessageStatus: 'delivered' }],
  ['nothing', {}],
])('a signed callback with %s is refused', async (_what, form: Form) => {
  const { status, json } = await callBack(PATH, form);
  expect([status, json.code]).toEqual([400, 'invalid_callback']);
});

test('a signed callback with NUL in its id is refused', async () => {
  expect((await callBack(PATH, statusForm('SM\0', 'delivered'))).status).toBe(400);
});

test.each([
  [['sent', 'delivered', 'sending'], 'delivered', ['delivered']],
  [['delivered', 'sent'], 'delivered', ['delivered']],
  [['read', 'delivered'], 'read', ['read']],
  [['delivered', 'read'], 'read', ['delivered', 'read']],
  [['delivered', 'undelivered'], 'delivered', ['delivered']],
  [['undelivered', 'delivered'], 'delivered', ['undelivered twilio_30003', 'delivered']],
  [['queued', 'sending'], 'accepted', []],
])('callbacks in the order %j leave the message %s', async (statuses, expected, events) => {
  const { id, sid, url } = await taken();
  for (const status of statuses) await callBack(url, statusForm(sid, status));
  const message = await read(id);
  expect([message.delivery_status, await receiptsOf(id)]).toEqual([expected, events]);
});

test('late callbacks are on record', async () => {
  const { sid, url } = await taken();
  for (const status of ['delivered', 'sent', 'sending']) await callBack(url, statusForm(sid, status));
  expect(await countReceipts(sid)).toBe(3);
});

test('one callback twice at the same moment is one receipt and one event', async () => {
  const { id, sid, url } = await taken();
  const form = statusForm(sid, 'delivered');
  const answers = await Promise.all([callBack(url, form), callBack(url, form)]);
  const statuses = answers.map(({ status }) => status);
  expect([statuses, await countReceipts(sid), await receiptsOf(id)]).toEqual([[200, 200], 1, ['delivered']]);
});

test('a failure is shown with its code', async () => {
  const { id, sid, url } = await taken();
  await callBack(url, statusForm(sid, 'undelivered'));
  expect(await receiptsOf(id)).toEqual(['undelivered twilio_30003']);
});

test('delivery and reading have their moments', async () => {
  const { id, sid, url } = await taken();
  await callBack(url, statusForm(sid, 'read'));
  const { delivered_at, read_at, sent_at } = await read(id);
  expect([delivered_at, read_at, sent_at]).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
});

test('a callback for a message that nobody knows is taken, so that it does not come again', async () => {
  const form = statusForm('SM-unknown', 'delivered');
  const { status } = await callBack(`${PATH}?m=${NO_ID}&a=${NO_ID}`, form);
  expect([status, await countReceipts('SM-unknown')]).toEqual([200, 1]);
});

test.each([
  ['forged', async (form: Form) => await post(PATH, form, { 'x-twilio-signature': 'AAAA' })],
  ['unknown', async (form: Form) => await callBack(PATH, form)],
])('a callback that is %s is counted as such', async (result, send) => {
  const counted = async () => {
    const { text } = await service.request('GET', '/metrics');
    return Number(
      new RegExp(`^receipts_total\\{provider="twilio",result="${result}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
    );
  };
  const before = await counted();
  await send(statusForm(`SM-${result}-and-counted`, 'delivered'));
  expect(await counted()).toBe(before + 1);
});

test('a callback without the address of its attempt is found by the id of Twilio', async () => {
  const { id, sid } = await taken();
  await callBack(PATH, statusForm(sid, 'delivered'));
  expect((await read(id)).delivery_status).toBe('delivered');
});

test('an address that names no attempt is no fault', async () => {
  const { sid } = await taken();
  expect((await callBack(`${PATH}?a=abc`, statusForm(sid, 'delivered'))).status).toBe(200);
});

test('a callback that comes before the answer to its own call brings the id of Twilio', async () => {
  const id = await service.sent({ ...EMAIL, recipient: EVERYWHERE, channel: 'sms' });
  const attemptId = await handOver(service.db, id);
  await callBack(`${PATH}?m=${id}&a=${attemptId}`, statusForm('SM-early', 'delivered'));
  const { attempts } = await read(id);
  expect(attempts[0].provider_message_id).toBe('SM-early');
});

test('a callback for a deleted message is taken and nothing of it is kept', async () => {
  const { id, sid, url } = await taken();
  await service.request('DELETE', `/api/messages/${id}/`);
  const { status } = await callBack(url, statusForm(sid, 'delivered', { To: '+447911123456' }));
  expect([status, await countReceipts(sid)]).toEqual([200, 0]);
});

test('what is kept of a callback cannot be read in the database', async () => {
  const { sid, url } = await taken();
  await callBack(url, statusForm(sid, 'delivered', { To: '+447911123456' }));
  const query = service.db.selectFrom('receipts').select('raw_sealed').where('provider_message_id', '=', sid);
  expect((await query.executeTakeFirstOrThrow()).raw_sealed.includes('447911123456')).toBe(false);
});

test('without an account at Twilio no callback is genuine', async () => {
  const without = await startService({ twilioAuthToken: null, temporal: service.temporal });
  const form = statusForm('SM1', 'delivered');
  const headers = { 'x-twilio-signature': signed(PATH, form, ''), 'content-type': 'application/x-www-form-urlencoded' };
  const raw = new URLSearchParams(form).toString();
  const { status } = await without.request('POST', PATH, { key: null, raw, headers });
  await without.close();
  expect(status).toBe(403);
});
