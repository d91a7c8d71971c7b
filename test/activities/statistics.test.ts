import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { computeStatistics } from '../../src/activities/statistics.ts';
import type { Database } from '../../src/db/database.ts';
import { sumStatistics } from '../../src/db/statistics.ts';
import { findProgress } from '../../src/db/statistics-hours.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { type Past, storePasts } from '../db/pasts.ts';

const SENT: Past = {
  ...{ minute: 61, channel: 'sms', template: null, status: 'sent', deliveryStatus: null, errorCode: null },
  ...{ dueAfter: 0, secondsToSent: 5, secondsToDelivered: null, isAcknowledged: false, attempts: [] },
};
const HOUR_MS = 3_600_000;
/** More than one piece takes. */
const HOURS_AGO = 205;
/** The hour of the message, and the one before it. */
const TWO_HOURS = { from: hoursAgo(HOURS_AGO + 1), to: hoursAgo(HOURS_AGO - 1) };

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(async () => {
  for (const table of ['messages', 'statistics_hourly', 'statistics_hours', 'statistics_progress'] as const) {
    await db.deleteFrom(table).execute();
  }
});

function hoursAgo(hours: number): string {
  return new Date((Math.floor(Date.now() / HOUR_MS) - hours) * HOUR_MS).toISOString();
}

/** A message that was sent so long ago. */
async function storeSent(): Promise<string> {
  const [id = ''] = await storePasts(db, [SENT]);
  const then = new Date(hoursAgo(HOURS_AGO));
  await db.updateTable('messages').set({ created_at: then, updated_at: then }).where('id', '=', id).execute();
  return id;
}

/** Everything that has changed, in as many pieces as it takes. */
async function computeChanges(): Promise<number> {
  let piece = await computeStatistics({ db }, { range: null, begunAt: null });
  let { hours } = piece;
  while (!piece.isDone) {
    piece = await computeStatistics({ db }, { range: null, begunAt: piece.begunAt });
    hours += piece.hours;
  }
  return hours;
}

async function sentMessages(): Promise<number> {
  const range = { from: new Date(hoursAgo(HOURS_AGO + 24)), to: new Date() };
  const { rows } = await sumStatistics(db, { range, by: [], timeZone: 'UTC', limit: 1 });
  return Number(rows[0]?.measures['sent'] ?? 0);
}

async function computedHours(): Promise<number> {
  const { length } = await db.selectFrom('statistics_hours').select('hour').execute();
  return length;
}

test('the first time, all hours from the first message on are computed, in pieces', async () => {
  await storeSent();
  const hours = await computeChanges();
  expect([hours >= HOURS_AGO, hours === (await computedHours()), await sentMessages()]).toEqual([true, true, 1]);
});

test('after that, only the last hours and those with changes are', async () => {
  const id = await storeSent();
  await computeChanges();
  await db.updateTable('messages').set({ status: 'failed', updated_at: new Date() }).where('id', '=', id).execute();
  const hours = await computeChanges();
  expect([hours < 10, await sentMessages()]).toEqual([true, 0]);
});

test('the progress is kept once everything is done', async () => {
  await storeSent();
  const { begunAt, isDone } = await computeStatistics({ db }, { range: null, begunAt: null });
  expect([isDone, await findProgress(db)]).toEqual([false, null]);
  await computeStatistics({ db }, { range: null, begunAt });
  while ((await findProgress(db)) === null) await computeStatistics({ db }, { range: null, begunAt });
  expect(await findProgress(db)).toEqual(new Date(begunAt));
});

test('a range is computed whatever has changed, and is no progress', async () => {
  const id = await storeSent();
  await computeChanges();
  const progress = await findProgress(db);
  await db.updateTable('messages').set({ status: 'failed' }).where('id', '=', id).execute();
  const piece = await computeStatistics({ db }, { range: TWO_HOURS, begunAt: null });
  expect([piece, await sentMessages(), await findProgress(db)]).toMatchObject([
    { hours: 2, isDone: true },
    0,
    progress,
  ]);
});

test('a piece that is tried again computes nothing twice', async () => {
  const { begunAt } = await computeStatistics({ db }, { range: TWO_HOURS, begunAt: null });
  expect((await computeStatistics({ db }, { range: TWO_HOURS, begunAt })).hours).toBe(0);
});
