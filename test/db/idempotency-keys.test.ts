import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { insertApiKey } from '../../src/db/api-keys.ts';
import type { Database } from '../../src/db/database.ts';
import {
  claimIdempotencyKey,
  findIdempotencyKey,
  releaseIdempotencyKey,
  storeIdempotentResponse,
} from '../../src/db/idempotency-keys.ts';
import { openTestDatabase } from './open-test-database.ts';

let db: Database;
let close: () => Promise<void>;
const [ONE, OTHER] = [uuidv7(), uuidv7()];

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  for (const id of [ONE, OTHER]) {
    await insertApiKey(db, { id, name: 'shop', hash: Buffer.from(id), scopes: [], expiresAt: null });
  }
});
afterAll(() => close());
beforeEach(() => db.deleteFrom('idempotency_keys').execute());

const RESPONSE = { status: 201, location: '/api/messages/1/', sealed: Buffer.from('sealed') };

async function claim(apiKeyId = ONE, requestHash = Buffer.from('request')): Promise<boolean> {
  const limits = { keptHours: 24, abandonedSeconds: 60 };
  return await claimIdempotencyKey(db, { apiKeyId, key: 'order 7', requestHash }, limits);
}

async function age(interval: string): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ created_at: sql<Date>`now() - ${interval}::interval` })
    .execute();
}

test('a key can be claimed once', async () => {
  expect([await claim(), await claim()]).toEqual([true, false]);
});

test('a key goes to one of several requests at the same moment', async () => {
  const claims = await Promise.all([1, 2, 3, 4].map(() => claim()));
  expect(claims.filter(Boolean)).toHaveLength(1);
});

test('the same key of another caller is another key', async () => {
  expect([await claim(ONE), await claim(OTHER)]).toEqual([true, true]);
});

test('a key gives the response that was stored with it', async () => {
  await claim();
  await storeIdempotentResponse(db, ONE, 'order 7', RESPONSE);
  expect(await findIdempotencyKey(db, ONE, 'order 7')).toMatchObject({
    ...{ request_hash: Buffer.from('request'), response_status: 201, response_location: '/api/messages/1/' },
    response_sealed: Buffer.from('sealed'),
  });
});

test('an answered key cannot be claimed within its day', async () => {
  await claim();
  await storeIdempotentResponse(db, ONE, 'order 7', RESPONSE);
  await age('23 hours 59 minutes');
  expect(await claim()).toBe(false);
});

test('an answered key can be claimed after its day, and its response is gone', async () => {
  await claim();
  await storeIdempotentResponse(db, ONE, 'order 7', RESPONSE);
  await age('24 hours 1 minute');
  const claimed = await claim(ONE, Buffer.from('new request'));
  expect([claimed, await findIdempotencyKey(db, ONE, 'order 7')]).toMatchObject([
    true,
    { request_hash: Buffer.from('new request'), response_status: null, response_sealed: null },
  ]);
});

test('the key of a request that died with its process can be claimed after a while', async () => {
  await claim();
  await age('61 seconds');
  expect(await claim()).toBe(true);
});

test('the key of a request that is still running cannot be claimed', async () => {
  await claim();
  await age('59 seconds');
  expect(await claim()).toBe(false);
});

test('a released key can be claimed again', async () => {
  await claim();
  await releaseIdempotencyKey(db, ONE, 'order 7');
  expect(await claim()).toBe(true);
});

test('a key that was answered is not released', async () => {
  await claim();
  await storeIdempotentResponse(db, ONE, 'order 7', RESPONSE);
  await releaseIdempotencyKey(db, ONE, 'order 7');
  expect(await claim()).toBe(false);
});
