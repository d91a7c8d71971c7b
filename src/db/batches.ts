import { sql } from 'kysely';
import type { DeliveryStatus, MessageStatus } from '../domain/statuses.ts';
import type { Database } from './database.ts';
import type { Page } from './messages.ts';

export interface BatchRow {
  id: string;
  api_key_id: string | null;
  /** How many messages were asked for, and how many of them were accepted. */
  size: number;
  accepted: number;
  cancel_requested_at: Date | null;
  created_at: Date;
}

/** Any number, the same for all processes. */
const BATCH_LOCK = 5_174_208_331;

/**
 * Lets one transaction at a time store a batch. Each locks up to a few thousand people, and PostgreSQL has room for a
 * limited number of such locks: by default 64 for each connection that it allows (PostgreSQL, section 19.12).
 * @returns false where another one is at it
 */
export async function tryLockBatches(db: Database): Promise<boolean> {
  const { rows } = await sql<{ has_lock: boolean }>`
    select pg_try_advisory_xact_lock(${String(BATCH_LOCK)}::bigint) as has_lock
  `.execute(db);
  return rows[0]?.has_lock === true;
}

export async function insertBatch(
  db: Database,
  batch: Pick<BatchRow, 'id' | 'api_key_id' | 'size' | 'accepted'>,
): Promise<void> {
  await db.insertInto('batches').values(batch).execute();
}

export async function findBatch(db: Database, id: string): Promise<BatchRow | undefined> {
  return await selectBatches(db).where('id', '=', id).executeTakeFirst();
}

/** Locks a batch against others who would cancel it, until the transaction ends. */
export async function lockBatch(db: Database, id: string): Promise<BatchRow | undefined> {
  return await selectBatches(db).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The newest first. */
export async function listBatches(db: Database, page: Page): Promise<BatchRow[]> {
  const query = selectBatches(db).limit(page.limit);
  if (page.after !== undefined) {
    return (await query.where('id', '>', page.after).orderBy('id', 'asc').execute()).reverse();
  }
  const older = page.before === undefined ? query : query.where('id', '<', page.before);
  return await older.orderBy('id', 'desc').execute();
}

/** How many messages of a batch have come how far. */
export interface BatchCount {
  status: MessageStatus;
  delivery_status: DeliveryStatus | null;
  is_cancelled: boolean;
  count: number;
}

/** Deleted messages count as well: what became of them is no secret. */
export async function countByStatus(db: Database, batchId: string): Promise<BatchCount[]> {
  return await db
    .selectFrom('messages')
    .select(['status', 'delivery_status'])
    .select(sql<boolean>`status = 'failed' and error_code is not distinct from 'cancelled'`.as('is_cancelled'))
    .select(sql<number>`count(*)::int`.as('count'))
    .where('batch_id', '=', batchId)
    .groupBy(['status', 'delivery_status', 'is_cancelled'])
    .execute();
}

/**
 * From now on no provider is called for what is pending of a batch; the workflows have yet to be told. Rows are locked
 * in the order of their ids, as by everybody who locks several.
 * @returns the ids of the messages that are pending
 */
export async function cancelPending(db: Database, batchId: string, actor: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with pending as (
      select id from messages where batch_id = ${batchId} and status = 'pending' and erased_at is null
      order by id for update
    )
    update messages m set
      cancel_requested_at = coalesce(m.cancel_requested_at, now()),
      cancel_unsignalled_since =
        case when m.cancel_requested_at is null then now() else m.cancel_unsignalled_since end,
      updated_at = now()
    from pending where m.id = pending.id
    returning m.id
  `.execute(db);
  if (rows.length > 0) {
    await db
      .updateTable('batches')
      .set({ cancel_requested_at: sql`coalesce(cancel_requested_at, now())` })
      .set({ cancel_actor: sql`coalesce(cancel_actor, ${actor})` })
      .where('id', '=', batchId)
      .execute();
  }
  return rows.map(({ id }) => id);
}

function selectBatches(db: Database) {
  return db.selectFrom('batches').select(['id', 'api_key_id', 'size', 'accepted', 'cancel_requested_at', 'created_at']);
}
