import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { insertApiKey } from '../../src/db/api-keys.ts';
import type { Database } from '../../src/db/database.ts';
import {
  claimIdempotencyKey,
  findIdempotencyKey,
  releaseIdempotencyKey,
  renewClaim,
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

async function claim(apiKeyId = ONE, requestHash = Buffer.from('request'), claimId = FIRST): Promise<boolean> {
  const limits = { keptHours: 24, abandonedSeconds: 60 };
  return await claimIdempotencyKey(db, ownerOf(claimId, apiKeyId), requestHash, limits);
}

const [FIRST, SECOND] = [uuidv7(), uuidv7()];
const ownerOf = (claimId: string, apiKeyId = ONE) => ({ apiKeyId, key: 'order 7', claimId });

/** As if all that happened to the key had happened so long ago. */
async function age(interval: string): Promise<void> {
  const moment = sql<Date>`now() - ${interval}::interval`;
  await db.updateTable('idempotency_keys').set({ created_at: moment, renewed_at: moment }).execute();
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
  await storeIdempotentResponse(db, ownerOf(FIRST), RESPONSE);
  expect(await findIdempotencyKey(db, ONE, 'order 7')).toMatchObject({
    ...{ request_hash: Buffer.from('request'), response_status: 201, response_location: '/api/messages/1/' },
    response_sealed: Buffer.from('sealed'),
  });
});

test('an answered key cannot be claimed within its day', async () => {
  await claim();
  await storeIdempotentResponse(db, ownerOf(FIRST), RESPONSE);
  await age('23 hours 59 minutes');
  expect(await claim()).toBe(false);
});

test('an answered key can be claimed after its day, and its response is gone', async () => {
  await claim();
  await storeIdempotentResponse(db, ownerOf(FIRST), RESPONSE);
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
  await releaseIdempotencyKey(db, ownerOf(FIRST));
  expect(await claim()).toBe(true);
});

test('a key that was answered is not released', async () => {
  await claim();
  await storeIdempotentResponse(db, ownerOf(FIRST), RESPONSE);
  await releaseIdempotencyKey(db, ownerOf(FIRST));
  expect(await claim()).toBe(false);
});

test('a claim that is renewed stays its owner’s, however old it is', async () => {
  await claim();
  await age('59 seconds');
  await renewClaim(db, ownerOf(FIRST));
  await db.updateTable('idempotency_keys').set({ created_at: sql<Date>`now() - interval '25 hours'` }).execute();
  expect(await claim(ONE, undefined, SECOND)).toBe(false);
});

test('a claim that somebody else has taken over cannot be renewed', async () => {
  await claim();
  await age('61 seconds');
  await claim(ONE, undefined, SECOND);
  expect(await renewClaim(db, ownerOf(FIRST))).toBe(false);
});

test('who has lost a claim stores no response', async () => {
  await claim();
  await age('61 seconds');
  await claim(ONE, undefined, SECOND);
  const isStored = await storeIdempotentResponse(db, ownerOf(FIRST), RESPONSE);
  expect({ isStored, ...(await findIdempotencyKey(db, ONE, 'order 7')) }).toMatchObject({
    isStored: false,
    response_status: null,
  });
});

test('who has lost a claim does not release that of the next owner', async () => {
  await claim();
  await age('61 seconds');
  await claim(ONE, undefined, SECOND);
  await releaseIdempotencyKey(db, ownerOf(FIRST));
  expect(await findIdempotencyKey(db, ONE, 'order 7')).toBeDefined();
});
