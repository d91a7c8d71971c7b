import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { insertSuppression } from '../../src/db/suppressions.ts';
import { openTestDatabase } from './open-test-database.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

async function reasonsFor(addressHash: Buffer): Promise<{ channel: string; reason: string }[]> {
  const query = db.selectFrom('suppressions').select(['channel', 'reason']).where('address_hash', '=', addressHash);
  return await query.orderBy('channel').execute();
}

test('a suppression is kept with its reason', async () => {
  const addressHash = Buffer.from('one');
  await insertSuppression(db, { channel: 'sms', addressHash, reason: 'twilio_21610' });
  expect(await reasonsFor(addressHash)).toEqual([{ channel: 'sms', reason: 'twilio_21610' }]);
});

test('a suppression that is known already keeps its first reason', async () => {
  const addressHash = Buffer.from('two');
  await insertSuppression(db, { channel: 'sms', addressHash, reason: 'first' });
  await insertSuppression(db, { channel: 'sms', addressHash, reason: 'second' });
  expect(await reasonsFor(addressHash)).toEqual([{ channel: 'sms', reason: 'first' }]);
});

test('one address can be suppressed on each channel', async () => {
  const addressHash = Buffer.from('three');
  await insertSuppression(db, { channel: 'sms', addressHash, reason: 'stop' });
  await insertSuppression(db, { channel: 'whatsapp', addressHash, reason: 'stop' });
  expect((await reasonsFor(addressHash)).map(({ channel }) => channel)).toEqual(['sms', 'whatsapp']);
});
