import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAttempts } from '../../src/db/attempts.ts';
import { giveBackCost, hasRoomToday, reserveCost } from '../../src/db/daily-costs.ts';
import type { Database } from '../../src/db/database.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeAttempt, storeFailedAttempt, storeMessage } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

test('a day takes exactly as much as it may cost', async () => {
  const usd = { channel: 'sms', currency: 'USD' } as const;
  const taken: boolean[] = [];
  for (const amount of ['0.4', '0.5', '0.2', '0.1', '0.000001']) taken.push(await reserveCost(db, usd, amount, '1'));
  expect(taken).toEqual([true, true, false, true, false]);
});

test('many at once do not take more than there is', async () => {
  const eur = { channel: 'sms', currency: 'EUR' } as const;
  const taken = await Promise.all(Array.from({ length: 20 }, () => reserveCost(db, eur, '0.1', '1')));
  expect(taken.filter(Boolean)).toHaveLength(10);
});

test('the first text of a day may not cost more than the whole day', async () => {
  expect(await reserveCost(db, { channel: 'sms', currency: 'GBP' }, '1.01', '1')).toBe(false);
});

test('whether there is room can be asked without taking it', async () => {
  const chf = { channel: 'sms', currency: 'CHF' } as const;
  const before = await hasRoomToday(db, chf, '0.5', '1');
  await reserveCost(db, chf, '0.8', '1');
  expect([before, await hasRoomToday(db, chf, '0.5', '1'), await hasRoomToday(db, chf, '0.2', '1')]).toEqual([
    ...[true, false, true],
  ]);
});

test('what costs more than a whole day never has room', async () => {
  expect(await hasRoomToday(db, { channel: 'sms', currency: 'PLN' }, '1.01', '1')).toBe(false);
});

describe('an attempt that its provider has not taken', () => {
  const cost = { amount: '0.8', currency: 'NOK' };
  const nok = { channel: 'sms', currency: 'NOK' } as const;

  test('gives back what was reserved for it, once', async () => {
    await reserveCost(db, nok, '0.2', '1');
    await reserveCost(db, nok, '0.8', '1');
    const id = await storeFailedAttempt(db, await storeMessage(db), { channel: 'sms', cost });
    await giveBackCost(db, id);
    expect([await hasRoomToday(db, nok, '0.8', '1'), await hasRoomToday(db, nok, '0.81', '1')]).toEqual([true, false]);
  });

  test('costs nothing', async () => {
    const messageId = await storeMessage(db);
    await storeFailedAttempt(db, messageId, { channel: 'sms', cost });
    expect((await listAttempts(db, messageId))[0]?.cost_amount).toBeNull();
  });

  test('keeps its estimate as long as nobody knows whether it was', async () => {
    const messageId = await storeMessage(db);
    await storeFailedAttempt(db, messageId, { channel: 'sms', cost, kind: 'uncertain' });
    expect((await listAttempts(db, messageId))[0]?.cost_amount).toBe('0.800000');
  });

  test('gives nothing back of another day', async () => {
    const sek = { channel: 'sms', currency: 'SEK' } as const;
    await reserveCost(db, sek, '0.8', '1');
    const id = await storeAttempt(db, await storeMessage(db), { channel: 'sms', cost: { ...cost, currency: 'SEK' } });
    await db.updateTable('attempts').set({ started_at: sql`now() - interval '1 day'` }).where('id', '=', id).execute();
    await giveBackCost(db, id);
    expect(await hasRoomToday(db, sek, '0.3', '1')).toBe(false);
  });
});
