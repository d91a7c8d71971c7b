import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressHash } from '../../src/db/address-hash.ts';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, FULL_EMAIL, NO_ID } from './bodies.ts';
import { handOver, STATES, type State, setMessage } from './states.ts';
import { tablesWith } from './tables-with.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const URL = '/api/recipients/';
const LATER = '2099-01-01T00:00:00Z';

let count = 0;
async function person(): Promise<{ id: string; external_id: string; email: string; phone: string }> {
  count += 1;
  const body = {
    ...{ external_id: `person-${count}`, email: `person-${count}@example.com`, phone: `+4479111234${50 + count}` },
    ...{ name: `Name of ${count}`, locale: 'pt-BR', time_zone: 'Europe/London', preferred_channels: ['sms'] },
    ...{ quiet_hours: { start: '22:00', end: '07:00' }, opt_outs: [{ channel: 'whatsapp' }] },
  };
  return (await service.request('POST', URL, { body, headers: { 'idempotency-key': body.external_id } })).json;
}
const erase = async (id: string) => await service.request('DELETE', `${URL}${id}/`);
const messageTo = async (recipient: string, more = {}) =>
  await service.sent({ ...EMAIL, recipient, send_at: LATER, ...more });
const messageRow = async (id: string) =>
  await service.db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

test('an erased person is found in no way', async () => {
  const { id, external_id, email } = await person();
  expect((await erase(id)).status).toBe(204);
  const found = [
    await service.request('GET', `${URL}${id}/`),
    await service.request('GET', `${URL}${id}/export/`),
    await service.request('PUT', `${URL}${id}/`, { body: { external_id } }),
    await erase(id),
  ];
  const lists = [`?external_id=${external_id}`, `?email=${email}`, '?locale=pt-BR&limit=200'].map(
    async (query) => (await service.request('GET', `${URL}${query}`)).text,
  );
  expect(found.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect((await Promise.all(lists)).filter((text) => text.includes(id))).toEqual([]);
});

test('somebody who is not there cannot be erased', async () => {
  expect((await erase(NO_ID)).status).toBe(404);
});

test('no table has anything by which an erased person could be looked up', async () => {
  const { id, external_id, email, phone } = await person();
  const { sealer } = service.context;
  const traces = [
    ...[sealer.lookupHash('external_id', external_id), sealer.lookupHash('external_identity', external_id)],
    ...[addressHash(sealer, 'email', email), addressHash(sealer, 'sms', phone)],
  ];
  const holders = async () => await Promise.all(traces.map((hash) => tablesWith(service.db, hash)));
  const before = await holders();
  await erase(id);
  expect([before, await holders()]).toEqual([traces.map(() => ['recipients']), traces.map(() => [])]);
});

test('nothing that an erased person preferred or refused is left', async () => {
  const { id } = await person();
  await erase(id);
  const row = service.db.selectFrom('recipients').selectAll().where('id', '=', id);
  const optOuts = service.db.selectFrom('opt_outs').selectAll().where('recipient_id', '=', id);
  expect([await row.executeTakeFirst(), await optOuts.execute()]).toMatchObject([
    { locale: null, time_zone: null, preferred_channels: [], quiet_hours: null, erased_at: expect.any(Date) },
    [],
  ]);
});

test.each(Object.keys(STATES) as State[])('nothing is left of their message that is %s', async (state) => {
  const { id } = await person();
  const headers = { 'idempotency-key': `message-${id}` };
  const messageId = (await service.send({ ...FULL_EMAIL, recipient: id }, { headers })).json.id;
  const attemptId = await handOver(service.db, messageId, { outgoing_sealed: Buffer.from('sealed') });
  await setMessage(service.db, messageId, STATES[state]);
  const receipt = { id: uuidv7(), provider: 'twilio', dedupe_key: attemptId, raw_sealed: Buffer.from('sealed') };
  await service.db
    .insertInto('receipts')
    .values({ ...receipt, attempt_id: attemptId })
    .execute();
  await erase(id);
  const { rows } = await sql`
    select body_sealed as body, metadata, (select count(*)::int from attachments where message_id = ${messageId}) as files,
      (select count(*)::int from receipts where attempt_id = ${attemptId}) as receipts,
      (select outgoing_sealed from attempts where id = ${attemptId}) as outgoing,
      (select response_sealed from idempotency_keys where key = ${headers['idempotency-key']}) as response
    from messages where id = ${messageId}
  `.execute(service.db);
  expect(rows).toEqual([{ body: null, metadata: {}, files: 0, receipts: 0, outgoing: null, response: null }]);
});

test('their pending messages are cancelled, the others are not', async () => {
  const { id } = await person();
  const [pending, sent] = [await messageTo(id), await messageTo(id)];
  await setMessage(service.db, sent, STATES.sent);
  await erase(id);
  expect([(await messageRow(pending)).cancel_requested_at, (await messageRow(sent)).cancel_requested_at]).toEqual([
    expect.any(Date),
    null,
  ]);
});

test('the first answers are not given again', async () => {
  const { id, external_id } = await person();
  const headers = { 'idempotency-key': 'to-somebody-erased' };
  const body = { ...EMAIL, recipient: id, send_at: LATER };
  await service.send(body, { headers });
  await erase(id);
  const replayed = await service.send(body, { headers });
  const keys = service.db.selectFrom('idempotency_keys').select('response_sealed').where('key', '=', external_id);
  expect([replayed.json.code, await keys.execute()]).toEqual(['resource_deleted', [{ response_sealed: null }]]);
});

test('other people and their messages stay as they are', async () => {
  const [gone, other] = [await person(), await person()];
  const message = await messageTo(other.id);
  await erase(gone.id);
  const { json } = await service.request('GET', `/api/messages/${message}/`);
  expect([json.content, (await service.request('GET', `${URL}${other.id}/`)).json]).toEqual(['Hello', other]);
});

test('a suppression of their address stays, without its hint', async () => {
  const { id, email } = await person();
  const body = { channel: 'email', address: email, reason: 'complaint' };
  const suppression = (await service.request('POST', '/api/suppressions/', { body })).json;
  await erase(id);
  const { json } = await service.request('GET', `/api/suppressions/?address=${email}`);
  expect([suppression.address_hint, json.results]).toEqual(['p…@e….com', [{ ...suppression, address_hint: null }]]);
});

test('the audit log keeps that and by whom a person was erased', async () => {
  const { id } = await person();
  await messageTo(id);
  await erase(id);
  const { json } = await service.request('GET', `/api/audit/?resource_id=${id}&action=recipient.erased`);
  expect(json.results).toMatchObject([
    { actor: expect.stringMatching(/^key:/), detail: { messages: 1, cancelled: 1 } },
  ]);
});

test('somebody of the same external id and addresses is a new person afterwards', async () => {
  const { id, external_id, email } = await person();
  await erase(id);
  const again = await service.request('POST', URL, { body: { external_id, email } });
  expect([again.status, again.json]).toMatchObject([201, { name: null, opt_outs: [] }]);
  expect(again.json.id).not.toBe(id);
});

test('no message that comes at the same moment is left behind', async () => {
  const { id, email } = await person();
  const sends = Array.from({ length: 12 }, (_, index) =>
    service.send({ ...EMAIL, recipient: index % 2 === 0 ? id : { email }, send_at: LATER }),
  );
  const [erased, ...answers] = await Promise.all([erase(id), ...sends]);
  const kept = service.db.selectFrom('messages').select('id').where('recipient_id', '=', id);
  expect(erased?.status).toBe(204);
  expect(answers.filter(({ status }) => status !== 201 && status !== 400)).toEqual([]);
  expect(await kept.where('erased_at', 'is', null).execute()).toEqual([]);
});

test('a person with thousands of messages is erased in a few statements', async () => {
  const { id } = await person();
  const message = await messageTo(id);
  await setMessage(service.db, message, STATES.sent);
  await sql`
    insert into messages (id, recipient_id, channel, channels, body_sealed, status, dispatched_at)
    select uuidv7(), ${id}, 'sms', '{sms}', 'sealed', 'sent', now() from generate_series(1, 5000)
  `.execute(service.db);
  const { status } = await erase(id);
  const left = service.db.selectFrom('messages').select('id').where('recipient_id', '=', id);
  expect([status, await left.where('body_sealed', 'is not', null).execute()]).toEqual([204, []]);
});
