import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../src/api/app.ts';
import { openDatabase } from '../../src/db/database.ts';
import { beginIdempotent, finishIdempotent } from '../../src/service/idempotency.ts';
import { operateMessage } from '../../src/service/operate-message.ts';
import { type Answer, NO_LIMITS, PUBLIC_URL, type Service, startService } from '../support/service.ts';
import { NO_ID } from './bodies.ts';

let service: Service;
/** Another process of the API on the same database. */
let other: Awaited<ReturnType<typeof startOther>>;
let secret: string;

beforeAll(async () => {
  service = await startService();
  other = await startOther();
  secret = await service.key(['messages:send', 'messages:manage']);
});
afterAll(async () => {
  await other.close();
  await service.close();
});

async function startOther() {
  const db = openDatabase({ url: service.databaseUrl, poolSize: 4 });
  const context = { ...service.context, db };
  const app = await buildApp(context, {
    publicUrl: PUBLIC_URL,
    twilioAuthToken: null,
    bodyLimitBytes: 15_000_000,
    requestLimits: NO_LIMITS,
    checkSetup: async () => [],
    rateLimits: { email: null, sms: null, whatsapp: null },
  });
  const post = async (path: string, body: unknown, key: string): Promise<Pick<Answer, 'status' | 'json'>> => {
    const headers = { authorization: `Bearer ${secret}`, 'idempotency-key': key, 'content-type': 'application/json' };
    const response = await app.inject({ method: 'POST', url: path, headers, payload: JSON.stringify(body) });
    return { status: response.statusCode, json: response.json() };
  };
  return {
    post,
    async close() {
      await app.close();
      await db.destroy();
    },
  };
}

const BATCH = '/api/messages/batch/';
const MESSAGES = '/api/messages/';
const item = (key: string, index: number) => ({
  ...{ recipient: { email: `ada${index}@example.com` }, channel: 'email', content: 'Hello', metadata: { key } },
});
const batchOf = (key: string, size: number) => ({ messages: Array.from({ length: size }, (_, n) => item(key, n)) });
const post = async (path: string, body: unknown, key: string) =>
  await service.request('POST', path, { key: secret, body, headers: { 'idempotency-key': key } });
const countMessages = async (key: string) => {
  const query = service.db.selectFrom('messages').select('id').where(sql<boolean>`metadata->>'key' = ${key}`);
  return (await query.execute()).length;
};
const claimOf = async (key: string) =>
  await service.db
    .selectFrom('idempotency_keys')
    .select(['claim_id', 'renewed_at', 'response_status'])
    .where('key', '=', key)
    .executeTakeFirst();
/** As if the owner of a claim had been silent for so long. */
const silence = async (key: string, seconds: number) =>
  await service.db
    .updateTable('idempotency_keys')
    .set({ renewed_at: new Date(Date.now() - seconds * 1000) })
    .where('key', '=', key)
    .execute();

/** Keeps every request that stores messages waiting while `during` runs. */
async function whileNothingIsStored<Result>(during: () => Promise<Result>): Promise<Result> {
  return await service.db.transaction().execute(async (db) => {
    await sql`lock table messages in exclusive mode`.execute(db);
    return await during();
  });
}

const KINDS = [
  ['a message', MESSAGES, 1, (key: string) => item(key, 0), 201],
  ['a batch of 260', BATCH, 260, (key: string) => batchOf(key, 260), 200],
] as const;

describe.each(KINDS)('%s whose owner works for long', (_what, path, size, body, success) => {
  test('keeps its key, as the claim is renewed', async () => {
    const key = `slow-${size}`;
    let first: ReturnType<typeof post> | undefined;
    const second = await whileNothingIsStored(async () => {
      first = post(path, body(key), key);
      await expect.poll(() => claimOf(key)).toBeDefined();
      await silence(key, 55);
      const isFresh = async () => Date.now() - ((await claimOf(key))?.renewed_at.getTime() ?? 0) < 30_000;
      await expect.poll(isFresh, { timeout: 30_000, interval: 200 }).toBe(true);
      return await other.post(path, body(key), key);
    });
    const outcome = { first: (await first)?.status, second: second.json.code, messages: await countMessages(key) };
    expect(outcome).toEqual({ first: success, second: 'idempotency_key_in_progress', messages: size });
  });

  test('stores nothing once another process has taken its place', async () => {
    const key = `lost-${size}`;
    const requests = await whileNothingIsStored(async () => {
      const first = post(path, body(key), key);
      await expect.poll(() => claimOf(key)).toBeDefined();
      const { claim_id: lost } = (await claimOf(key)) ?? {};
      await silence(key, 61);
      const second = other.post(path, body(key), key);
      await expect.poll(async () => (await claimOf(key))?.claim_id === lost).toBe(false);
      return { first, second };
    });
    const [first, second] = await Promise.all([requests.first, requests.second]);
    const outcome = { first: first.status, code: first.json.code, second: second.status };
    expect({ ...outcome, messages: await countMessages(key) }).toEqual({
      ...{ first: 409, code: 'idempotency_key_lost', second: success, messages: size },
    });
  });

  test('gets the answer of the other process when it asks again', async () => {
    const key = `lost-${size}`;
    const again = await post(path, body(key), key);
    expect({ status: again.status, replayed: again.headers['idempotency-replayed'] }).toEqual({
      status: success,
      replayed: 'true',
    });
  });
});

test('the key of a process that was killed is free after a minute, and not before', async () => {
  const apiKeyId = (await service.db.selectFrom('api_keys').select('id').orderBy('id', 'desc').executeTakeFirst())?.id;
  const path = JSON.stringify(['/api/messages/', {}]);
  const body = item('killed', 0);
  const begun = await beginIdempotent(
    service.context,
    { apiKeyId: apiKeyId ?? '', key: 'killed' },
    { method: 'POST', path, body },
  );
  if ('claim' in begun) begun.claim.end();
  await silence('killed', 55);
  const early = await other.post(MESSAGES, body, 'killed');
  await silence('killed', 61);
  const late = await other.post(MESSAGES, body, 'killed');
  expect({ early: early.json.code, late: late.status }).toEqual({ early: 'idempotency_key_in_progress', late: 201 });
});

test('an action of an operator whose claim was lost has not happened', async () => {
  const id = await service.sent({ ...item('action', 0), send_at: '2099-01-01T00:00:00Z' });
  const lost = { owner: { apiKeyId: NO_ID, key: 'action', claimId: NO_ID }, end: () => undefined };
  const answer = { status: 202, location: null, body: '{}' };
  const caller = { apiKeyId: null, actor: 'test', scopes: [] };
  const acting = operateMessage(service.context, caller, id, { type: 'cancel' }, (db) =>
    finishIdempotent(service.context, db, lost, answer),
  );
  await expect(acting).rejects.toMatchObject({ code: 'idempotency_key_lost' });
  expect((await service.request('GET', `/api/messages/${id}/`)).json).toMatchObject({ waiting_for: 'schedule' });
  const entries = service.db.selectFrom('audit_log').select('id').where('resource_id', '=', id);
  expect(await entries.execute()).toEqual([]);
});

test.each([
  ['the other way round', (body: object) => Object.fromEntries(Object.entries(body).reverse())],
  ['in the order of the alphabet', (body: object) => Object.fromEntries(Object.entries(body).sort())],
])('the same JSON with its names %s is answered from memory', async (what, turn) => {
  const body = item(what, 0);
  const key = what.replaceAll(' ', '-');
  const first = await post(MESSAGES, body, key);
  const second = await post(MESSAGES, turn(body), key);
  expect({ status: second.status, id: second.json.id, replayed: second.headers['idempotency-replayed'] }).toEqual({
    ...{ status: 201, id: first.json.id, replayed: 'true' },
  });
});

test('a batch with an item that cannot be kept has an idempotency key like any other', async () => {
  const payload = `{"messages":[${JSON.stringify(item('infinite', 0))},{"channel":"sms","variables":{"a":1e999}}]}`;
  const send = async () =>
    await service.request('POST', BATCH, { key: secret, raw: payload, headers: { 'idempotency-key': 'infinite' } });
  const [first, second] = [await send(), await send()];
  expect({ status: first.status, replayed: second.headers['idempotency-replayed'] }).toEqual({
    status: 200,
    replayed: 'true',
  });
});
