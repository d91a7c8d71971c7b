import { sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { KeptPolicy } from '../domain/policy.ts';
import type { MessageStatus, Priority } from '../domain/statuses.ts';
import type { Database } from './database.ts';
import type { PlanColumns } from './plan-of-row.ts';

/** What a message's workflow is started with. */
export interface DispatchRow extends PlanColumns {
  id: string;
  /** Whose messages take turns with those of others; null where no key is involved. */
  api_key_id: string | null;
  batch_id: string | null;
  channel: Channel;
  priority: Priority;
  template_name: string | null;
  status: MessageStatus;
  error_code: string | null;
  policy: KeptPolicy | null;
  /** Whether somebody has acknowledged it, and its workflow knows. */
  is_acknowledged: boolean;
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

/** Messages whose workflow has not been started although they were accepted a while ago: urgent ones first, then the oldest. */
export async function listUndispatched(db: Database, olderThanSeconds: number, limit: number): Promise<DispatchRow[]> {
  return await selectForDispatch(db)
    .where('dispatched_at', 'is', null)
    .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`)
    .orderBy(sql`priority = 'high'`, 'desc')
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
    .select(['api_key_id', 'batch_id'])
    .select(['id', 'channel', 'channels', 'plan_revision', 'send_at', 'expires_at', 'escalate_after_seconds', 'until'])
    .select(['rounds', 'policy', 'priority', 'template_name', 'status', 'error_code', 'attempt_count'])
    .select(
      sql<boolean>`acknowledged_at is not null and acknowledgement_unsignalled_since is null`.as('is_acknowledged'),
    )
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
