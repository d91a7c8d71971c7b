import { sql } from 'kysely';
import type { MessageStatus, WaitingFor } from '../domain/statuses.ts';
import type { Database } from './database.ts';

/*
 * Cancellations of many messages at once are kept first and told to the workflows after; the mark stays on a message
 * until its workflow was told.
 */

export interface UnsignalledCancel {
  id: string;
  status: MessageStatus;
  waiting_for: WaitingFor | null;
  /** Who asked for it. */
  actor: string | null;
  is_withdrawn: boolean;
}

/** Messages whose cancellation was not told although it was kept a while ago, the oldest first. */
export async function listUnsignalledCancels(db: Database, olderThanSeconds: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('messages')
    .select('id')
    .where('cancel_unsignalled_since', '<', sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`)
    .orderBy('cancel_unsignalled_since')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Locks a message that is marked; undefined where it is not, or where somebody else is telling its workflow. */
export async function lockUnsignalledCancel(db: Database, id: string): Promise<UnsignalledCancel | undefined> {
  return await db
    .selectFrom('messages as m')
    .leftJoin('batches as b', 'b.id', 'm.batch_id')
    .select(['m.id', 'm.status', 'm.waiting_for', 'b.cancel_actor as actor'])
    .select(sql<boolean>`m.cancel_requested_at is null`.as('is_withdrawn'))
    .where('m.id', '=', id)
    .where('m.cancel_unsignalled_since', 'is not', null)
    .forUpdate('m')
    .skipLocked()
    .executeTakeFirst();
}

export async function markCancelSignalled(db: Database, id: string): Promise<void> {
  await db.updateTable('messages').set({ cancel_unsignalled_since: null }).where('id', '=', id).execute();
}
