import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasRoomToday, reserveCost } from '../../src/db/daily-costs.ts';
import type { Database } from '../../src/db/database.ts';
import { openTestDatabase } from './open-test-database.ts';

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
