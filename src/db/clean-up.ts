import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from './database.ts';
import type { DB } from './tables.ts';

/*
 * What removes rows whose time is over. Each function removes one batch, in a transaction of its caller or in one
 * statement, passes over rows that somebody else holds, and finds what is due by an index.
 */

/** The classes of the messages that have ended, by walking from one to the next in their index. */
export async function listRetentions(db: Database): Promise<string[]> {
  const { rows } = await sql<{ retention: string }>`
    with recursive classes as (
      (select retention from messages where ended_at is not null order by retention limit 1)
      union all
      select (
        select m.retention from messages m
        where m.ended_at is not null and m.retention > c.retention order by m.retention limit 1
      ) from classes c where c.retention is not null
    )
    select retention from classes where retention is not null
  `.execute(db);
  return rows.map(({ retention }) => retention);
}

/** Messages of a class that ended that many days ago, locked until the transaction ends; the first to end come first. */
export async function lockExpiredMessages(
  db: Database,
  { retention, days }: { retention: string; days: number },
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('messages')
    .select('id')
    .where('retention', '=', retention)
    .where('ended_at', '<', daysAgo(days))
    .where('status', '<>', 'pending')
    .where('waiting_for', 'is', null)
    .orderBy('ended_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(({ id }) => id);
}

/** Removes messages with all that hangs on them, and the answers that tell of them. */
export async function removeMessages(db: Database, ids: readonly string[]): Promise<void> {
  const isOfThem = sql<SqlBool>`message_id = any(${ids}::uuid[])`;
  const locations = ids.map((id) => `/api/messages/${id}/`);
  await db
    .deleteFrom('receipts')
    .where(sql<SqlBool>`attempt_id = any(array(select id from attempts where ${isOfThem}))`)
    .execute();
  await db
    .deleteFrom('attachment_chunks')
    .where(sql<SqlBool>`attachment_id = any(array(select id from attachments where ${isOfThem}))`)
    .execute();
  // Each kind at once, rather than message by message as the references would.
  for (const table of ['attachments', 'attempts', 'message_events'] as const) {
    await db.deleteFrom(table).where(isOfThem).execute();
  }
  await db
    .deleteFrom('idempotency_keys')
    .where((eb) => eb('response_location', '=', eb.fn.any(eb.val(locations))))
    .execute();
  await db.deleteFrom('messages').where(sql<SqlBool>`id = any(${ids}::uuid[])`).execute();
}

/** Removes what providers have reported, but for what a workflow has yet to be told. */
export async function removeReceipts(db: Database, days: number, limit: number): Promise<number> {
  const isDue = sql<SqlBool>`received_at < ${daysAgo(days)} and unsignalled_since is null`;
  return await removeBatch(db, { table: 'receipts', isDue, order: 'received_at' }, limit);
}

/** Removes what people wrote to us. */
export async function removeInboundMessages(db: Database, days: number, limit: number): Promise<number> {
  const isDue = sql<SqlBool>`received_at < ${daysAgo(days)}`;
  return await removeBatch(db, { table: 'inbound_messages', isDue, order: 'received_at' }, limit);
}

/** Removes answers to requests that may come again by now as if they were new. */
export async function removeIdempotencyKeys(db: Database, days: number, limit: number): Promise<number> {
  const isDue = sql<SqlBool>`created_at < ${daysAgo(days)}`;
  return await removeBatch(db, { table: 'idempotency_keys', isDue, order: 'created_at' }, limit);
}

/** Removes people who have been erased and of whom no message is left. */
export async function removeErasedRecipients(db: Database, limit: number): Promise<number> {
  const isDue = sql<SqlBool>`erased_at is not null
    and not exists (select 1 from messages where messages.recipient_id = recipients.id)`;
  return await removeBatch(db, { table: 'recipients', isDue, order: 'erased_at' }, limit);
}

/** Removes sums of days whose limits are history. */
export async function removeDailyCosts(db: Database, days: number, limit: number): Promise<number> {
  const isDue = sql<SqlBool>`day < (now() at time zone 'utc')::date - ${days}::integer`;
  return await removeBatch(db, { table: 'daily_costs', isDue, order: 'day' }, limit);
}

/** Removes batches of which no message is left. */
export async function removeEmptyBatches(db: Database, days: number, limit: number): Promise<number> {
  const isDue = sql<SqlBool>`created_at < ${daysAgo(days)}
    and not exists (select 1 from messages where messages.batch_id = batches.id)`;
  return await removeBatch(db, { table: 'batches', isDue, order: 'id' }, limit);
}

/** Removes actions of operators that ended that many days ago. */
export async function removeBulkActions(db: Database, days: number, limit: number): Promise<number> {
  const isDue = sql<SqlBool>`finished_at < ${daysAgo(days)}`;
  return await removeBatch(db, { table: 'bulk_actions', isDue, order: 'finished_at' }, limit);
}

interface Due {
  readonly table: keyof DB;
  readonly isDue: RawBuilder<SqlBool>;
  /** A column that has an index. */
  readonly order: string;
}

/** The rows are found and locked first, and then removed by their place, so that the table is never read as a whole. */
async function removeBatch(db: Database, { table, isDue, order }: Due, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select ${sql.table(table)}.ctid from ${sql.table(table)} where ${isDue}
      order by ${sql.ref(order)} limit ${limit} for update of ${sql.table(table)} skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

function daysAgo(days: number) {
  return sql<Date>`now() - make_interval(days => ${days}::integer)`;
}
