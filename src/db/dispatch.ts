import { sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { MessageStatus, Priority } from '../domain/statuses.ts';
import type { Database } from './database.ts';
import type { PlanColumns } from './plan-of-row.ts';

/** What a message's workflow is started with. */
export interface DispatchRow extends PlanColumns {
  id: string;
  channel: Channel;
  priority: Priority;
  template_name: string | null;
  status: MessageStatus;
  error_code: string | null;
  attempt_count: number;
  /** Attempts on the channel in use. */
  channel_attempts: number;
}

/**
 * Reads and locks what a message's workflow is started with. Under the lock a running workflow cannot record its end,
 * so it has not ended yet, or the row is its last word: in a transaction, a signal sent with it never starts a new run
 * from a state that is out of date.
 */
export async function findForDispatch(db: Database, id: string): Promise<DispatchRow | undefined> {
  return await selectForDispatch(db).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Messages whose workflow has not been started although they were accepted a while ago, the oldest first. */
export async function listUndispatched(db: Database, olderThanSeconds: number, limit: number): Promise<DispatchRow[]> {
  return await selectForDispatch(db)
    .where('dispatched_at', 'is', null)
    .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`)
    .orderBy('created_at')
    .limit(limit)
    .execute();
}

export async function markDispatched(db: Database, ids: readonly string[]): Promise<void> {
  await db
    .updateTable('messages')
    .set({ dispatched_at: sql`now()` })
    // One statement however many ids there are, so that it can be prepared.
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .execute();
}

function selectForDispatch(db: Database) {
  return db
    .selectFrom('messages')
    .select(['id', 'channel', 'channels', 'plan_revision', 'send_at', 'expires_at', 'escalate_after_seconds', 'until'])
    .select(['priority', 'template_name', 'status', 'error_code', 'attempt_count'])
    .select(
      sql<number>`(
        select count(*)::int from attempts where message_id = messages.id and attempts.channel = messages.channel
      )`.as('channel_attempts'),
    );
}

/** Counts through the partial index of messages that are not started, which is small. */
export async function countUndispatched(db: Database): Promise<number> {
  const { count } = await db
    .selectFrom('messages')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('dispatched_at', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}
