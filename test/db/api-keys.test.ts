import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  findApiKey,
  findUsableKey,
  insertApiKey,
  listApiKeys,
  replaceKeyHash,
  revokeApiKey,
  touchApiKey,
} from '../../src/db/api-keys.ts';
import type { Database } from '../../src/db/database.ts';
import { openTestDatabase } from './open-test-database.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(() => db.deleteFrom('api_keys').execute());

const HASH = Buffer.from('hash');

async function store(more: { hash?: Buffer; expiresAt?: Date } = {}): Promise<string> {
  const id = uuidv7();
  await insertApiKey(db, { id, name: 'shop', scopes: ['messages:send'], hash: HASH, expiresAt: null, ...more });
  return id;
}

test('a key is found by the hash of its secret, with its scopes', async () => {
  const id = await store();
  expect(await findUsableKey(db, HASH)).toMatchObject({ id, name: 'shop', scopes: ['messages:send'] });
});

test('a key that has expired is not usable', async () => {
  await store({ expiresAt: new Date(Date.now() - 1000) });
  expect(await findUsableKey(db, HASH)).toBeUndefined();
});

test('a key that expires later is usable', async () => {
  const id = await store({ expiresAt: new Date(Date.now() + 60_000) });
  expect((await findUsableKey(db, HASH))?.id).toBe(id);
});

test('a revoked key is not usable, but still shown', async () => {
  const id = await store();
  await revokeApiKey(db, id);
  expect([await findUsableKey(db, HASH), await findApiKey(db, id)]).toMatchObject([
    undefined as never,
    { revoked_at: expect.any(Date) },
  ]);
});

test('a key can be revoked once', async () => {
  const id = await store();
  expect([await revokeApiKey(db, id), await revokeApiKey(db, id)]).toEqual([true, false]);
});

test('a rotated key works with its new secret only', async () => {
  const id = await store();
  await replaceKeyHash(db, id, Buffer.from('new'));
  const found = [await findUsableKey(db, HASH), await findUsableKey(db, Buffer.from('new'))];
  expect(found.map((row) => row?.id)).toEqual([undefined, id]);
});

test('a revoked key cannot be brought back by rotating it', async () => {
  const id = await store();
  await revokeApiKey(db, id);
  expect(await replaceKeyHash(db, id, Buffer.from('new'))).toBe(false);
});

test('the first use of a key is noted', async () => {
  const id = await store();
  await touchApiKey(db, id);
  expect((await findApiKey(db, id))?.last_used_at).toBeInstanceOf(Date);
});

test('a use within the same minute is not noted again', async () => {
  const id = await store();
  await touchApiKey(db, id);
  const first = (await findApiKey(db, id))?.last_used_at;
  await touchApiKey(db, id);
  expect((await findApiKey(db, id))?.last_used_at).toEqual(first);
});

test('a use more than a minute later is noted', async () => {
  const id = await store();
  const longAgo = sql<Date>`now() - interval '61 seconds'`;
  await db.updateTable('api_keys').set({ last_used_at: longAgo }).where('id', '=', id).execute();
  const before = (await findApiKey(db, id))?.last_used_at as Date;
  await touchApiKey(db, id);
  expect((await findApiKey(db, id))?.last_used_at?.getTime()).toBeGreaterThan(before.getTime());
});

test('keys are listed in pages, the newest first', async () => {
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) ids.unshift(await store({ hash: Buffer.from(name) }));
  const [first, second] = [
    await listApiKeys(db, { limit: 2 }),
    await listApiKeys(db, { before: ids[1] as string, limit: 2 }),
  ];
  expect([first.map(({ id }) => id), second.map(({ id }) => id)]).toEqual([ids.slice(0, 2), ids.slice(2)]);
});

test('the page before a key has the keys that are newer', async () => {
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) ids.unshift(await store({ hash: Buffer.from(name) }));
  const page = await listApiKeys(db, { after: ids[2] as string, limit: 1 });
  expect(page.map(({ id }) => id)).toEqual([ids[1]]);
});
