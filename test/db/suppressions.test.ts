import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { deleteSuppression, insertSuppression, listSuppressions } from '../../src/db/suppressions.ts';
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

test('a new suppression is told by its id, a known one by none', async () => {
  const suppression = { channel: 'sms', addressHash: Buffer.from('four'), reason: 'stop' } as const;
  expect([await insertSuppression(db, suppression), await insertSuppression(db, suppression)]).toEqual([
    expect.any(String),
    null,
  ]);
});

describe('the list of suppressions', () => {
  const hash = Buffer.from('listed');
  let ids: string[];

  beforeAll(async () => {
    await db.deleteFrom('suppressions').execute();
    ids = [];
    for (const channel of ['sms', 'whatsapp', 'email'] as const) {
      ids.unshift((await insertSuppression(db, { channel, addressHash: hash, reason: 'stop' })) ?? '');
    }
  });

  const found = async (...query: [Parameters<typeof listSuppressions>[1], Parameters<typeof listSuppressions>[2]?]) =>
    (await listSuppressions(db, query[0], query[1] ?? { limit: 10 })).map(({ id }) => id);

  test('has the newest first, in pages forwards and backwards', async () => {
    const pages = [
      await found({}, { limit: 2 }),
      await found({}, { before: ids[1] as string, limit: 2 }),
      await found({}, { after: ids[2] as string, limit: 1 }),
    ];
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2), [ids[1]]]);
  });

  test('can be narrowed to a channel', async () => {
    expect(await found({ channel: 'whatsapp' })).toEqual([ids[1]]);
  });

  test('can be narrowed to addresses, each on its channel', async () => {
    const addresses = [
      { channel: 'sms', addressHash: hash },
      { channel: 'whatsapp', addressHash: Buffer.from('other') },
    ] as const;
    expect(await found({ addresses })).toEqual([ids[2]]);
  });

  test('has none for no addresses', async () => {
    expect(await found({ addresses: [] })).toEqual([]);
  });

  test('does not have what was deleted', async () => {
    const deleted = [await deleteSuppression(db, ids[0] as string), await deleteSuppression(db, ids[0] as string)];
    expect([deleted, await found({})]).toEqual([[{ channel: 'email' }, undefined], ids.slice(1)]);
  });
});
