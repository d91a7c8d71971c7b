import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { FULL_EMAIL, NO_ID } from './bodies.ts';
import { handOver, STATES, type State, sendOff, setMessage } from './states.ts';
import { tablesWith } from './tables-with.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const SECRET = 'the-secret-of-ada';
const secretive = {
  ...FULL_EMAIL,
  ...{ content: `{{ name }} ${SECRET}`, subject: SECRET, html: SECRET, variables: { name: SECRET } },
  ...{ reply_to: `${SECRET}@example.com`, metadata: { note: SECRET } },
  attachments: [{ ...FULL_EMAIL.attachments[0], filename: SECRET, content_base64: btoa(SECRET) }],
};
const remove = async (id: string) => await service.request('DELETE', `/api/messages/${id}/`);
const row = async (id: string) =>
  await service.db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

test.each(Object.keys(STATES) as State[])('a message that is %s can be deleted', async (state) => {
  const id = await service.sent(FULL_EMAIL);
  await setMessage(service.db, id, STATES[state]);
  const statuses = [await remove(id), await service.request('GET', `/api/messages/${id}/`), await remove(id)];
  expect(statuses.map(({ status }) => status)).toEqual([204, 404, 404]);
});

test('a message that does not exist cannot be deleted', async () => {
  expect((await remove(NO_ID)).status).toBe(404);
});

test('a deleted message is in no list', async () => {
  const id = await service.sent(FULL_EMAIL);
  await remove(id);
  const { text } = await service.request('GET', '/api/messages/');
  expect(text).not.toContain(id);
});

test('a pending message is cancelled when it is deleted', async () => {
  const id = await service.sent(FULL_EMAIL);
  await remove(id);
  expect((await row(id)).cancel_requested_at).toBeInstanceOf(Date);
});

test('nothing that could be opened is left of a deleted message', async () => {
  const { json } = await service.send(secretive, { headers: { 'idempotency-key': 'deleted' } });
  const attemptId = await handOver(service.db, json.id, { outgoing_sealed: Buffer.from('sealed') });
  const receipt = { id: uuidv7(), provider: 'twilio', dedupe_key: attemptId, raw_sealed: Buffer.from('sealed') };
  await service.db
    .insertInto('receipts')
    .values({ ...receipt, attempt_id: attemptId })
    .execute();
  await remove(json.id);
  const { rows } = await sql`
    select body_sealed as body, metadata, (select count(*)::int from attachments where message_id = ${json.id}) as files,
      (select count(*)::int from receipts where attempt_id = ${attemptId}) as receipts,
      (select outgoing_sealed from attempts where id = ${attemptId}) as outgoing,
      (select response_sealed from idempotency_keys where key = 'deleted') as response
    from messages where id = ${json.id}
  `.execute(service.db);
  expect(rows).toEqual([{ body: null, metadata: {}, files: 0, receipts: 0, outgoing: null, response: null }]);
});

test('no table has ever held the content in the clear, but for metadata', async () => {
  const id = await service.sent(secretive);
  const before = await tablesWith(service.db, SECRET);
  await remove(id);
  expect([before, await tablesWith(service.db, SECRET)]).toEqual([['messages'], []]);
});

test('the first answer is not given again once its message is deleted', async () => {
  const headers = { 'idempotency-key': 'replay-of-a-deleted-message' };
  const { json } = await service.send(secretive, { headers });
  await remove(json.id);
  const { status, text } = await service.send(secretive, { headers });
  expect([status, text.includes(SECRET)]).toEqual([409, false]);
});

test('the audit entry stays', async () => {
  const id = await service.sent(FULL_EMAIL);
  await remove(id);
  const entries = service.db.selectFrom('audit_log').select(['action', 'detail']).where('resource_id', '=', id);
  expect(await entries.execute()).toEqual([{ action: 'message.deleted', detail: { status: 'pending' } }]);
});

test('what statistics count stays', async () => {
  const id = await service.sent(FULL_EMAIL);
  await sendOff(service.db, id, 'SM-statistics');
  await remove(id);
  expect(await row(id)).toMatchObject({ channel: 'email', status: 'sent', attempt_count: 1 });
});
