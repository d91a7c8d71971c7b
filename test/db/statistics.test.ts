import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { type StatisticsKey, sumStatistics } from '../../src/db/statistics.ts';
import {
  computeHour,
  keepProgress,
  keepStatisticsOf,
  listChangedHours,
  listHoursOfRange,
} from '../../src/db/statistics-hours.ts';
import { FACTOR } from '../../src/domain/duration-buckets.ts';
import { openTestDatabase } from './open-test-database.ts';
import { DAY, HOURS, measuresByHand, type Past, pasts, storePasts, TEMPLATES } from './pasts.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(() => forget());

async function forget(): Promise<void> {
  for (const table of ['messages', 'statistics_hourly', 'statistics_hours', 'statistics_progress'] as const) {
    await db.deleteFrom(table).execute();
  }
}

async function remove(ids: readonly string[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await keepStatisticsOf(trx, ids);
    await sql`delete from messages where id = any(${ids}::uuid[])`.execute(trx);
  });
}

/** Sums of the whole day, by the values of their keys. */
async function sums(by: readonly StatisticsKey[], more: object = {}): Promise<Record<string, Record<string, number>>> {
  const { rows } = await sumStatistics(db, { range: DAY, by, timeZone: 'UTC', limit: 1000, ...more });
  return Object.fromEntries(
    rows.map(({ measures, ...keys }) => [
      Object.values(keys)
        .map((key) => (key instanceof Date ? key.toISOString() : key))
        .join(' '),
      Object.fromEntries(Object.entries(measures).map(([name, number]) => [name, Number(number)])),
    ]),
  );
}

const KEYS = fc.subarray<StatisticsKey>(['hour', 'day', 'channel', 'template', 'status']);

test('sums are those of all messages, whichever hours have been computed and whichever messages removed', async () => {
  const scene = fc.record({
    messages: pasts,
    computed: fc.subarray(HOURS),
    removed: fc.array(fc.boolean()),
    computedAgain: fc.subarray(HOURS),
    by: KEYS,
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ messages, computed, removed, computedAgain, by }) => {
      await forget();
      const ids = await storePasts(db, messages);
      for (const hour of computed) await computeHour(db, hour);
      const gone = ids.filter((_, index) => removed[index]);
      await remove(gone.slice(0, 2));
      await remove(gone.slice(2));
      for (const hour of computedAgain) await computeHour(db, hour);
      expect(await sums(by)).toEqual(measuresByHand(messages, by));
    }),
    { numRuns: 40 },
  );
});

const [FIRST, SECOND] = HOURS as [Date, Date];
/** A text of the second hour that was sent. */
const SENT: Past = {
  ...{ minute: 61, channel: 'sms', template: 0, status: 'sent', deliveryStatus: null, errorCode: null },
  ...{ dueAfter: 0, secondsToSent: 5, secondsToDelivered: null, isAcknowledged: false, attempts: [] },
};

test('a hundredth of a cent is not lost in a sum', async () => {
  const attempt = { outcome: 'accepted', deliveryStatus: null, micros: 100_001, isFinal: true } as const;
  const attempts = Array.from({ length: 3 }, () => ({ ...attempt, channel: 'sms', currency: 'USD' }) as const);
  await storePasts(db, [{ ...SENT, attempts }]);
  const { rows } = await sumStatistics(db, { range: DAY, by: [], timeZone: 'UTC', limit: 1 });
  expect(rows[0]?.measures['cost:USD']).toBe('0.300003');
});

test('sums keep to one channel', async () => {
  await storePasts(db, [SENT, { ...SENT, channel: 'email' }]);
  expect(await sums(['channel'], { channel: 'email' })).toMatchObject({ email: { accepted: 1 } });
});

test('sums keep to one template', async () => {
  await storePasts(db, [SENT, { ...SENT, template: 1 }]);
  expect(await sums([], { templateId: TEMPLATES[1]?.id })).toMatchObject({ '': { accepted: 1 } });
});

test('sums keep to their range', async () => {
  await storePasts(db, [SENT, { ...SENT, minute: 59 }, { ...SENT, minute: 120 }]);
  await computeHour(db, SECOND);
  const range = { from: SECOND, to: new Date(SECOND.getTime() + 3_600_000) };
  expect(await sums([], { range })).toMatchObject({ '': { accepted: 1 } });
});

test.each([
  ['UTC', '2026-01-31'],
  ['America/New_York', '2026-01-30'],
])('by the clocks of %s, a message of one in the morning UTC is of %s', async (timeZone, day) => {
  await storePasts(db, [SENT]);
  expect(Object.keys(await sums(['day'], { timeZone }))).toEqual([day]);
});

test('an hour is of the day in which it begins, where days begin within an hour', async () => {
  await storePasts(db, [
    { ...SENT, minute: 18 * 60 + 45 },
    { ...SENT, minute: 19 * 60 },
  ]);
  expect(Object.keys(await sums(['day'], { timeZone: 'Asia/Kolkata' }))).toEqual(['2026-01-31', '2026-02-01']);
});

test('what an hour was computed from may change without a change of its sums, until it is computed again', async () => {
  const [id = ''] = await storePasts(db, [SENT]);
  await computeHour(db, SECOND);
  await db.updateTable('messages').set({ status: 'failed' }).where('id', '=', id).execute();
  const before = await sums(['status']);
  await computeHour(db, SECOND);
  expect([Object.keys(before), Object.keys(await sums(['status']))]).toEqual([['sent'], ['failed']]);
});

test('removed messages still count after their hour has been computed many times', async () => {
  const ids = await storePasts(db, [SENT, SENT, SENT]);
  await computeHour(db, SECOND);
  for (const id of ids) await remove([id]);
  await computeHour(db, SECOND);
  await computeHour(db, SECOND);
  expect(await sums([])).toMatchObject({ '': { accepted: 3, sent: 3, [nameOf(5)]: 3 } });
});

test('what is kept of removed messages is folded into a row for each kind when their hour is computed', async () => {
  for (const id of await storePasts(db, [SENT, SENT, SENT])) await remove([id]);
  await computeHour(db, SECOND);
  expect(await db.selectFrom('statistics_hourly').select('is_removed').execute()).toEqual([{ is_removed: true }]);
});

test('messages that a transaction did not remove after all count once', async () => {
  const ids = await storePasts(db, [SENT]);
  const given = db.transaction().execute(async (trx) => {
    await keepStatisticsOf(trx, ids);
    throw new RangeError('given up');
  });
  await expect(given).rejects.toThrow('given up');
  expect(await sums([])).toMatchObject({ '': { accepted: 1 } });
});

test('computing an hour while its messages are being removed loses and doubles none', async () => {
  const ids = await storePasts(db, Array<Past>(40).fill(SENT));
  await Promise.all(ids.flatMap((id) => [remove([id]), computeHour(db, SECOND)]));
  expect(await sums([])).toMatchObject({ '': { accepted: 40 } });
});

describe('the hours that have changed', () => {
  const NOON = new Date(SECOND.getTime() + 11 * 3_600_000);
  const changed = async (at = NOON) => (await listChangedHours(db, at, 100)).map((hour) => hour.toISOString());
  const hoursBefore = (end: Date, count: number) =>
    Array.from({ length: count }, (_, index) => new Date(end.getTime() - (count - index) * 3_600_000).toISOString());

  test('are all from the first message on, the first time', async () => {
    await storePasts(db, [SENT]);
    const listed = await changed();
    expect([listed.includes(SECOND.toISOString()), listed.at(-1)]).toEqual([true, hoursBefore(NOON, 1)[0]]);
  });

  test('are none where there has been no message yet, but for the last ones', async () => {
    expect(await changed()).toEqual(hoursBefore(NOON, 3));
  });

  test('are those in which something may have changed since the last time', async () => {
    await storePasts(db, [SENT]);
    await keepProgress(db, new Date(NOON.getTime() - 300_000));
    expect(await changed()).toEqual(hoursBefore(NOON, 3));
  });

  test('are those whose messages have changed long after they were created, too', async () => {
    const [id = ''] = await storePasts(db, [SENT]);
    await keepProgress(db, new Date(NOON.getTime() - 300_000));
    await db.updateTable('messages').set({ updated_at: NOON }).where('id', '=', id).execute();
    expect(await changed()).toContain(SECOND.toISOString());
  });

  test('are those whose messages have been removed, too', async () => {
    const ids = await storePasts(db, [SENT]);
    await computeHour(db, SECOND);
    await keepProgress(db, NOON);
    await remove(ids);
    expect(await changed()).toContain(SECOND.toISOString());
  });

  test('do not include the one that goes on', async () => {
    expect(await changed(new Date(NOON.getTime() + 1_800_000))).not.toContain(NOON.toISOString());
  });

  test('do not include those that have been computed since', async () => {
    await computeHour(db, new Date(NOON.getTime() - 3_600_000));
    expect(await changed()).toEqual(hoursBefore(new Date(NOON.getTime() - 3_600_000), 2));
  });
});

test('the hours of a range are all that it touches and that have ended', async () => {
  const range = { from: new Date(FIRST.getTime() + 60_000), to: SECOND };
  const hours = await listHoursOfRange(db, { ...range, to: DAY.to }, new Date(SECOND.getTime() + 3_600_000), 100);
  expect([hours, await listHoursOfRange(db, range, DAY.to, 100)]).toEqual([[FIRST, SECOND], [FIRST]]);
});

test('progress does not go back', async () => {
  await keepProgress(db, SECOND);
  await keepProgress(db, FIRST);
  expect((await sumStatistics(db, { range: DAY, by: [], timeZone: 'UTC', limit: 1 })).computedUntil).toEqual(SECOND);
});

function nameOf(seconds: number): string {
  return `time_to_sent:${Math.ceil(Math.log(seconds) / Math.log(FACTOR))}`;
}
