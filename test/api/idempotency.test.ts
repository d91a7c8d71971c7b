import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, NO_ID, TEMPLATE } from './bodies.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });
const messagesTo = async (externalId: string) => {
  const { json } = await service.request('GET', `/api/messages/?recipient=${externalId}`);
  return json.results.length;
};
const to = (externalId: string) => ({
  ...EMAIL,
  recipient: { external_id: externalId, email: `${externalId}@example.com` },
});
const age = async (key: string, seconds: number) => {
  const createdAt = new Date(Date.now() - seconds * 1000);
  const moment = { created_at: createdAt, renewed_at: createdAt };
  await service.db.updateTable('idempotency_keys').set(moment).where('key', '=', key).execute();
};

test('the same request again gets the first answer, and says so', async () => {
  const first = await service.send(to('replay'), withKey('replay'));
  const second = await service.send(to('replay'), withKey('replay'));
  expect(second).toMatchObject({ status: 201, text: first.text, headers: { location: first.headers.location } });
  expect([first, second].map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true']);
});

test('the same request again makes no second message', async () => {
  for (let count = 0; count < 3; count += 1) await service.send(to('once'), withKey('once'));
  expect(await messagesTo('once')).toBe(1);
});

test('without a key the same request makes a second message', async () => {
  for (let count = 0; count < 2; count += 1) await service.send(to('twice'));
  expect(await messagesTo('twice')).toBe(2);
});

test('ten of the same request at the same moment make one message', async () => {
  const send = () => service.send(to('at-once'), withKey('at-once'));
  const answers = await Promise.all(Array.from({ length: 10 }, send));
  const statuses = new Set(answers.map(({ status }) => status));
  expect([await messagesTo('at-once'), [...statuses].every((status) => [201, 409].includes(status))]).toEqual([
    1,
    true,
  ]);
});

test('the same key with another body is refused', async () => {
  await service.send(to('other-body'), withKey('other-body'));
  const { status, json } = await service.send({ ...EMAIL, content: 'Other' }, withKey('other-body'));
  expect([status, json.code]).toEqual([422, 'idempotency_key_reused']);
});

test('the same key for another path is refused', async () => {
  await service.send(EMAIL, withKey('other-path'));
  const { status } = await service.request('POST', '/api/templates/', { body: TEMPLATE, ...withKey('other-path') });
  expect(status).toBe(422);
});

test('the same key for the same action on another message is refused', async () => {
  const ids = [await service.sent(EMAIL), await service.sent(EMAIL)];
  const statuses: number[] = [];
  for (const id of ids) {
    const { status } = await service.request('POST', `/api/messages/${id}/cancel/`, withKey('other-message'));
    statuses.push(status);
  }
  expect(statuses).toEqual([202, 422]);
});

test('a key is kept for each API key by itself', async () => {
  const key = await service.key(['messages:send']);
  await service.send(to('per-key'), withKey('per-key'));
  const { status, headers } = await service.send(to('per-key'), { ...withKey('per-key'), key });
  expect([status, headers['idempotency-replayed'], await messagesTo('per-key')]).toEqual([201, undefined, 2]);
});

test('while the first request is in progress the second is a conflict', async () => {
  let first: ReturnType<Service['send']> | undefined;
  const second = await service.db.transaction().execute(async (db) => {
    await sql`lock table messages in exclusive mode`.execute(db);
    first = service.send(to('in-progress'), withKey('in-progress'));
    const claims = db.selectFrom('idempotency_keys').select('key').where('key', '=', 'in-progress');
    await expect.poll(() => claims.execute()).toHaveLength(1);
    return await service.send(to('in-progress'), withKey('in-progress'));
  });
  expect([second.status, second.json.code]).toEqual([409, 'idempotency_key_in_progress']);
  expect((await first)?.status).toBe(201);
});

test('a request that was refused can be made again with the same key', async () => {
  const body = { ...EMAIL, recipient: 'later' };
  const refused = await service.send(body, withKey('later'));
  await service.request('POST', '/api/recipients/', { body: { external_id: 'later', email: 'l@example.com' } });
  const accepted = await service.send(body, withKey('later'));
  expect([refused.status, accepted.status]).toEqual([400, 201]);
});

test('a key whose request died with its process is free after a minute', async () => {
  await service.send(to('died'), withKey('died'));
  const undone = { response_status: null, response_location: null, response_sealed: null };
  await service.db.updateTable('idempotency_keys').set(undone).where('key', '=', 'died').execute();
  const early = await service.send(to('died'), withKey('died'));
  await age('died', 61);
  const late = await service.send(to('died'), withKey('died'));
  expect([early.status, late.status, late.headers['idempotency-replayed']]).toEqual([409, 201, undefined]);
});

test('a key is free again after a day', async () => {
  const first = await service.send(to('a-day'), withKey('a-day'));
  await age('a-day', 24 * 3600 + 1);
  const second = await service.send(to('a-day'), withKey('a-day'));
  expect([second.status, second.json.id === first.json.id]).toEqual([201, false]);
});

test.each([
  ['nothing in it', ''],
  ['a space', 'a b'],
  ['256 characters', 'x'.repeat(256)],
  ['other than ASCII', 'clé'],
])('a key with %s is refused', async (_what, key) => {
  const { status, json } = await service.send(EMAIL, withKey(key));
  expect([status, json.code]).toEqual([400, 'invalid_idempotency_key']);
});

test('a key of 255 characters is taken', async () => {
  expect((await service.send(EMAIL, withKey('~'.repeat(255)))).status).toBe(201);
});

test.each([
  ['/api/templates/', { ...TEMPLATE, name: 'idempotent' }],
  ['/api/recipients/', { external_id: 'idempotent' }],
])('a POST to %s is answered once as well', async (url, body) => {
  const first = await service.request('POST', url, { body, ...withKey(`post-${url}`) });
  const second = await service.request('POST', url, { body, ...withKey(`post-${url}`) });
  expect([second.status, second.text, second.headers['idempotency-replayed']]).toEqual([201, first.text, 'true']);
});

test('an action is passed on once', async () => {
  const id = await service.sent(EMAIL);
  const cancel = () => service.request('POST', `/api/messages/${id}/cancel/`, withKey('cancel-once'));
  const answers = [await cancel(), await cancel()];
  const entries = service.db.selectFrom('audit_log').select('id').where('resource_id', '=', id);
  expect([answers.map(({ status }) => status), (await entries.execute()).length]).toEqual([[202, 202], 1]);
});

test('an action on a message that does not exist leaves its key free', async () => {
  await service.request('POST', `/api/messages/${NO_ID}/cancel/`, withKey('nobody'));
  const { status } = await service.send(EMAIL, withKey('nobody'));
  expect(status).toBe(201);
});

test('what is kept of an answer cannot be read in the database', async () => {
  await service.send({ ...EMAIL, content: 'a secret of ada' }, withKey('sealed'));
  const query = service.db.selectFrom('idempotency_keys').select('response_sealed').where('key', '=', 'sealed');
  const { response_sealed: sealed } = await query.executeTakeFirstOrThrow();
  expect([sealed !== null, sealed?.includes('secret')]).toEqual([true, false]);
});
