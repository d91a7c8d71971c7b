import { sql } from 'kysely';
import type { BulkActionStatus, BulkActionType } from '../domain/bulk-actions.ts';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';
import { type MessageFilter, type Page, selectMessageIds } from './messages.ts';

/*
 * A bulk action's targets are the messages that it has still to do, and those that it was refused by: a target goes in
 * the transaction that does its message, so that no message is done twice, whoever dies in between.
 */

export interface BulkActionRow {
  id: string;
  actor: string;
  action: BulkActionType;
  channel: Channel | null;
  filter_sealed: Buffer;
  /** What `resolve` writes on each message; null for other actions, and once the bulk action has ended. */
  note_sealed: Buffer | null;
  status: BulkActionStatus;
  matched: number;
  done: number;
  /** Counts by code. */
  refused: Record<string, number>;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export type NewBulkAction = Pick<
  BulkActionRow,
  'id' | 'actor' | 'action' | 'channel' | 'filter_sealed' | 'note_sealed'
>;

/** How many messages a filter finds; no more than `limit` are counted. */
export async function countMatches(db: Database, filter: MessageFilter, limit: number): Promise<number> {
  const { count } = await db
    .selectFrom(selectMessageIds(db, filter, limit).as('matches'))
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * Stores a bulk action with the messages that its filter finds now, no more than `limit`; null finds none.
 * @returns how many those are
 */
export async function insertBulkAction(
  db: Database,
  row: NewBulkAction,
  filter: MessageFilter | null,
  limit: number,
): Promise<number> {
  await db.insertInto('bulk_actions').values(row).execute();
  if (filter === null) return 0;
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('bulk_action_targets')
    .columns(['bulk_action_id', 'message_id'])
    .expression((eb) =>
      eb
        .selectFrom(selectMessageIds(db, filter, limit).as('matches'))
        .select([sql<string>`${row.id}::uuid`.as('bulk_action_id'), 'matches.id as message_id']),
    )
    .executeTakeFirstOrThrow();
  const matched = Number(numInsertedOrUpdatedRows ?? 0);
  await db.updateTable('bulk_actions').set({ matched }).where('id', '=', row.id).execute();
  return matched;
}

export async function findBulkAction(db: Database, id: string): Promise<BulkActionRow | undefined> {
  return await selectBulkActions(db).where('b.id', '=', id).executeTakeFirst();
}

/** The newest first. */
export async function listBulkActions(db: Database, page: Page): Promise<BulkActionRow[]> {
  const query = selectBulkActions(db).limit(page.limit);
  if (page.after !== undefined) {
    return (await query.where('b.id', '>', page.after).orderBy('b.id', 'asc').execute()).reverse();
  }
  const older = page.before === undefined ? query : query.where('b.id', '<', page.before);
  return await older.orderBy('b.id', 'desc').execute();
}

/** What is under way is counted by its targets, what has ended by what was kept then. */
function selectBulkActions(db: Database) {
  return db
    .selectFrom('bulk_actions as b')
    .select(['b.id', 'b.actor', 'b.action', 'b.channel', 'b.filter_sealed', 'b.note_sealed', 'b.status', 'b.matched'])
    .select(['b.created_at', 'b.started_at', 'b.finished_at'])
    .select([
      sql<number>`case when b.finished_at is not null then b.done
        else b.matched - (select count(*)::int from bulk_action_targets t where t.bulk_action_id = b.id) end`.as(
        'done',
      ),
      sql<Record<string, number>>`case when b.finished_at is not null then b.refused else (
        select coalesce(jsonb_object_agg(code, count), '{}') from (
          select refused_code as code, count(*) from bulk_action_targets t
          where t.bulk_action_id = b.id and refused_code is not null group by refused_code
        ) counts
      ) end`.as('refused'),
    ]);
}

/** Messages that a bulk action was refused by, in the order of their ids. */
export async function listRefusals(
  db: Database,
  id: string,
  limit: number,
): Promise<{ messageId: string; code: string }[]> {
  return await db
    .selectFrom('bulk_action_targets')
    .select(['message_id as messageId', sql<string>`refused_code`.as('code')])
    .where('bulk_action_id', '=', id)
    .where('refused_code', 'is not', null)
    .orderBy('message_id')
    .limit(limit)
    .execute();
}

/** Those whose workflow is to be started: new ones, and those that were stopped, whose workflow may be gone. */
export async function listUndispatchedBulkActions(
  db: Database,
  olderThanSeconds: number,
  limit: number,
): Promise<Pick<BulkActionRow, 'id' | 'action' | 'matched'>[]> {
  return await db
    .selectFrom('bulk_actions')
    .select(['id', 'action', 'matched'])
    .where('dispatched_at', 'is', null)
    .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`)
    .orderBy('created_at')
    .limit(limit)
    .execute();
}

export async function markBulkActionDispatched(db: Database, id: string): Promise<void> {
  await db.updateTable('bulk_actions').set({ dispatched_at: sql`now()` }).where('id', '=', id).execute();
}

export async function markBulkActionStarted(db: Database, id: string): Promise<void> {
  await db
    .updateTable('bulk_actions')
    .set({ started_at: sql`now()` })
    .where('id', '=', id)
    .where('started_at', 'is', null)
    .execute();
}

/**
 * Asks a running bulk action to end before its next messages, and has its workflow looked after.
 * @returns whether nobody had asked before
 */
export async function requestStop(db: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('bulk_actions')
    .set({ status: 'stopping', stop_requested_at: sql`now()`, dispatched_at: null })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function isRunning(db: Database, id: string): Promise<boolean> {
  const row = await db.selectFrom('bulk_actions').select('status').where('id', '=', id).executeTakeFirst();
  return row?.status === 'running';
}

/** The next messages to be done. */
export async function listOpenTargets(db: Database, id: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('bulk_action_targets')
    .select('message_id')
    .where('bulk_action_id', '=', id)
    .where('refused_code', 'is', null)
    .orderBy('message_id')
    .limit(limit)
    .execute();
  return rows.map(({ message_id }) => message_id);
}

/**
 * Takes a message off the list, for good where the transaction commits; another one that wants it waits until then.
 * @returns whether it was on the list
 */
export async function takeTarget(db: Database, id: string, messageId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('bulk_action_targets')
    .where('bulk_action_id', '=', id)
    .where('message_id', '=', messageId)
    .where('refused_code', 'is', null)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

export async function refuseTarget(db: Database, id: string, messageId: string, code: string): Promise<void> {
  await db
    .updateTable('bulk_action_targets')
    .set({ refused_code: code })
    .where('bulk_action_id', '=', id)
    .where('message_id', '=', messageId)
    .execute();
}

/**
 * Ends a bulk action that has nothing left to do, or was asked to stop: keeps its counts, and of its targets those that
 * it was refused by. Does nothing where it has ended.
 * @param db a transaction
 * @returns whether it has ended now
 */
export async function finishBulkAction(db: Database, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('bulk_actions')
    .select('matched')
    .where('id', '=', id)
    .where('finished_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return false;
  // Waits for those that are being done just now.
  const { numDeletedRows } = await db
    .deleteFrom('bulk_action_targets')
    .where('bulk_action_id', '=', id)
    .where('refused_code', 'is', null)
    .executeTakeFirstOrThrow();
  const refused = await countRefused(db, id);
  const left = Number(numDeletedRows);
  const done = row.matched - left - Object.values(refused).reduce((sum, count) => sum + count, 0);
  await db
    .updateTable('bulk_actions')
    .set({ status: left > 0 ? 'stopped' : 'completed', done, refused: JSON.stringify(refused), note_sealed: null })
    .set({ finished_at: sql`now()`, dispatched_at: sql`coalesce(dispatched_at, now())` })
    .where('id', '=', id)
    .execute();
  return true;
}

async function countRefused(db: Database, id: string): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('bulk_action_targets')
    .select([sql<string>`refused_code`.as('code'), sql<number>`count(*)::int`.as('count')])
    .where('bulk_action_id', '=', id)
    .where('refused_code', 'is not', null)
    .groupBy('refused_code')
    .execute();
  return Object.fromEntries(rows.map(({ code, count }) => [code, count]));
}
