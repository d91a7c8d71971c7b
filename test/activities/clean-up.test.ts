import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cleanUp } from '../../src/activities/clean-up.ts';
import type { Database } from '../../src/db/database.ts';
import type { Removable } from '../../src/domain/retention.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { storeRecipient } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

const DUE = 1_500;

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(async () => {
  await sql`truncate messages, recipients, statistics_hourly, statistics_hours cascade`.execute(db);
});

/** Thousands of messages with an attempt and an event each, half of which ended 31 days ago, the others a day. */
async function fill(): Promise<void> {
  const recipient = await storeRecipient(db);
  await sql`
    insert into messages (id, recipient_id, channel, channels, status, retention, created_at, ended_at)
    select uuidv7(), ${recipient}, 'email', '{email}', 'sent', 'short', now() - make_interval(days => days),
      now() - make_interval(days => days)
    from generate_series(1, ${DUE}::int), unnest(array[31, 1]) days`.execute(db);
  await sql`insert into attempts (id, message_id, number, token, channel)
    select uuidv7(), id, 1, '1', 'email' from messages`.execute(db);
}

async function cleanAll(what: Removable = 'messages'): Promise<number> {
  const dependencies = activityDependencies(db);
  let total = 0;
  for (;;) {
    const { removed, isDone } = await cleanUp(dependencies, { what });
    total += removed;
    if (isDone) return total;
  }
}

async function count(table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(db);
  return rows[0]?.count ?? 0;
}

test('of thousands of messages, only those go whose time is over', async () => {
  await fill();
  await cleanAll();
  expect([await count('messages'), await count('attempts')]).toEqual([DUE, DUE]);
});

test('a second clean-up finds nothing', async () => {
  await fill();
  await cleanAll();
  expect(await cleanAll()).toBe(0);
});

test('two clean-ups at the same moment remove each message once', async () => {
  await fill();
  const removed = await Promise.all([cleanAll(), cleanAll()]);
  expect(removed[0] + removed[1]).toBe(DUE);
});

test('no transaction removes more than some hundred messages', async () => {
  await fill();
  // Every batch of messages is one statement on the table, which a trigger sees.
  await sql`create table batches_seen (size integer)`.execute(db);
  await sql`create function see_batch() returns trigger language plpgsql as $$
    begin insert into batches_seen select count(*) from gone; return null; end $$`.execute(db);
  await sql`create trigger see_batch after delete on messages referencing old table as gone
    for each statement execute function see_batch()`.execute(db);
  await cleanAll();
  const { rows } = await sql<{ largest: number }>`select max(size) as largest from batches_seen`.execute(db);
  await sql`drop function see_batch cascade`.execute(db);
  expect(rows[0]?.largest).toBeLessThanOrEqual(200);
});

test('a clean-up that is broken off in a batch leaves whole messages, and the next one goes on', async () => {
  await fill();
  await sql`create function fail() returns trigger language plpgsql as $$ begin
    if (select count(*) from messages) < 2700 then raise 'broken off'; end if; return null; end $$`.execute(db);
  await sql`create trigger fail before delete on messages for each statement execute function fail()`.execute(db);
  await expect(cleanAll()).rejects.toThrow('broken off');
  const left = [await count('messages'), await count('attempts')];
  await sql`drop function fail cascade`.execute(db);
  await cleanAll();
  expect([left[0] === left[1], await count('messages')]).toEqual([true, DUE]);
});

test('a class that is not configured any more is kept as long as the longest that is', async () => {
  await fill();
  await sql`update messages set retention = 'of-old', ended_at = now() - make_interval(days => 2554)`.execute(db);
  const kept = await cleanAll();
  await sql`update messages set ended_at = now() - make_interval(days => 2556)`.execute(db);
  expect([kept, await cleanAll()]).toEqual([0, 2 * DUE]);
});

test('what is removed is counted', async () => {
  await fill();
  const dependencies = activityDependencies(db);
  await cleanUp(dependencies, { what: 'messages' });
  const metrics = await dependencies.telemetry.registry.metrics();
  expect(metrics).toContain('rows_removed_total{what="messages"} ');
});

test('statistics outlive the messages', async () => {
  await fill();
  await cleanAll();
  const { rows } = await sql<{ rows: number }>`
    select count(*)::int as rows from statistics_hourly where is_removed`.execute(db);
  expect(rows[0]?.rows).toBeGreaterThan(0);
});

test.each<Removable>([
  'receipts',
  'inbound_messages',
  'idempotency_keys',
  'batches',
  'bulk_actions',
  'recipients',
  'daily_costs',
])('where there is nothing, no %s are removed', async (what) => {
  expect(await cleanUp(activityDependencies(db), { what })).toEqual({ removed: 0, isDone: true });
});
