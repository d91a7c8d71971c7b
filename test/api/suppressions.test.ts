import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addressHash } from '../../src/db/address-hash.ts';
import { insertSuppression } from '../../src/db/suppressions.ts';
import { type Service, startService } from '../support/service.ts';
import { NO_ID } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  await service.db.deleteFrom('suppressions').execute();
});

const URL = '/api/suppressions/';
const EMAIL = { channel: 'email', address: 'Ada@Example.com', reason: 'complaint by phone' };
const SMS = { channel: 'sms', address: '+44 7911 123456', reason: 'stop' };
const post = async (body: unknown, headers = {}) => await service.request('POST', URL, { body, headers });
const listed = async (query = '') => (await service.request('GET', `${URL}${query}`)).json.results;

describe('suppressing an address', () => {
  test('answers with what is kept, which is not the address', async () => {
    const { status, json } = await post(EMAIL);
    expect([status, json]).toEqual([
      201,
      {
        ...{ id: expect.any(String), channel: 'email', reason: 'complaint by phone' },
        ...{ address_hint: 'A…@e….com', created_at: expect.any(String) },
      },
    ]);
  });

  test('stores no address in the clear', async () => {
    await post(SMS);
    const rows = await service.db.selectFrom('suppressions').selectAll().execute();
    expect(JSON.stringify(rows.map((row) => ({ ...row, hint: row.hint_sealed?.toString('latin1') })))).not.toMatch(
      /7911|…/,
    );
  });

  test('again keeps the first one, however the address is written', async () => {
    const first = await post(EMAIL);
    const { status, json } = await post({ ...EMAIL, address: 'ada@example.com', reason: 'other' });
    expect([status, json]).toEqual([200, first.json]);
  });

  test('once for an idempotency key answers the same twice', async () => {
    const headers = { 'idempotency-key': 'suppress-once' };
    const [first, second] = [await post(SMS, headers), await post(SMS, headers)];
    expect([second.status, second.json, second.headers['idempotency-replayed']]).toEqual([201, first.json, 'true']);
  });

  test('at the same moment as others gives one suppression', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(SMS)));
    expect([new Set(answers.map(({ json }) => json.id)).size, (await listed()).length]).toEqual([1, 1]);
  });

  test('is what an attempt on the channel looks at', async () => {
    await post({ ...SMS, address: '+447911123456' });
    const hash = addressHash(service.context.sealer, 'sms', '+447911123456');
    const row = await service.db.selectFrom('suppressions').select('address_hash').executeTakeFirst();
    expect(row?.address_hash).toEqual(hash);
  });

  test.each([
    ['a number for an email address', { ...EMAIL, address: '+447911123456' }, '/address invalid_email'],
    ['an email address for a number', { ...SMS, address: 'ada@example.com' }, '/address invalid_phone'],
    ['no address', { channel: 'sms', reason: 'stop' }, '/address required'],
    ['no reason', { ...SMS, reason: '' }, '/reason too_short'],
    ['an unknown channel', { ...SMS, channel: 'fax' }, '/channel unknown_value'],
    ['an unknown field', { ...SMS, until: 'tomorrow' }, '/until unknown_field'],
  ])('with %s is refused', async (_what, body, fault) => {
    expect(await refusal(service, 'POST', URL, { body })).toEqual(badRequest(fault));
  });
});

describe('the list of suppressions', () => {
  let ids: string[];

  beforeEach(async () => {
    ids = [];
    for (const body of [EMAIL, SMS, { ...SMS, channel: 'whatsapp' }]) ids.unshift((await post(body)).json.id);
  });

  const found = async (query: string) => (await listed(query)).map(({ id }: { id: string }) => id);

  test.each([
    ['all', '', [0, 1, 2]],
    ['those of a channel', '?channel=sms', [1]],
    ['those of an email address', '?address=ada@example.com', [2]],
    ['those of a number, on both of its channels', `?address=${encodeURIComponent('+447911123456')}`, [0, 1]],
    ['that of a number on one channel', `?channel=sms&address=${encodeURIComponent('+447911123456')}`, [1]],
    ['none of another address', '?address=bob@example.com', []],
  ])('shows %s, the newest first', async (_what, query, expected) => {
    expect(await found(query)).toEqual(expected.map((index) => ids[index]));
  });

  test('comes in pages', async () => {
    const { json } = await service.request('GET', `${URL}?limit=2`);
    expect(await found(json.next.slice(URL.length))).toEqual([ids[2]]);
  });

  test('shows no hint where a provider asked for it', async () => {
    await insertSuppression(service.db, { channel: 'sms', addressHash: Buffer.from('x'), reason: 'twilio_21610' });
    expect((await listed())[0]).toMatchObject({ address_hint: null, reason: 'twilio_21610' });
  });

  test.each([
    ['an address that is none', '?address=nobody', '/address invalid_phone'],
    ['an address of another kind than the channel', '?channel=email&address=123', '/address invalid_email'],
    ['an unknown filter', '?reason=stop', '/reason unknown_field'],
  ])('is refused for %s', async (_what, query, fault) => {
    const { status, json } = await service.request('GET', `${URL}${query}`);
    expect([status, `${json.errors[0].pointer} ${json.errors[0].code}`]).toEqual([400, fault]);
  });
});

test('a suppression that was lifted is gone, and its first answer as well', async () => {
  const headers = { 'idempotency-key': 'suppress-and-lift' };
  const { json } = await post(SMS, headers);
  const remove = async () => (await service.request('DELETE', `${URL}${json.id}/`)).status;
  const answers = [await remove(), await remove(), (await listed()).length, (await post(SMS, headers)).json.code];
  expect(answers).toEqual([204, 404, 0, 'resource_deleted']);
});

test('what is not there cannot be lifted', async () => {
  expect((await service.request('DELETE', `${URL}${NO_ID}/`)).status).toBe(404);
});

test('suppressing and lifting are in the audit log, by the key that did it', async () => {
  const { json } = await post(SMS);
  await post(SMS);
  await service.request('DELETE', `${URL}${json.id}/`);
  const audit = (await service.request('GET', `/api/audit/?resource_id=${json.id}`)).json.results;
  expect(audit).toMatchObject([
    { action: 'suppression.lifted', detail: { channel: 'sms' }, actor: expect.stringMatching(/^key:/) },
    { action: 'suppression.added', detail: { channel: 'sms', reason: 'stop' }, actor: expect.stringMatching(/^key:/) },
  ]);
});
