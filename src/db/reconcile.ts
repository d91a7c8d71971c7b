import { type SqlBool, sql } from 'kysely';
import type { PastAttempt, Standing } from '../domain/reconcile.ts';
import type { Database } from './database.ts';

/*
 * What the reconciler looks at. A message that has changed a moment ago is left alone: its workflow may be about to say
 * the same.
 */

export interface StandingRow extends Standing {
  id: string;
}

/** Messages that have been handed to a workflow and have not ended, in the order of their ids from `after` on. */
export async function listOpenMessages(
  db: Database,
  { after, quietSeconds }: { after: string | null; quietSeconds: number },
  limit: number,
): Promise<StandingRow[]> {
  const query = selectStandings(db, quietSeconds)
    .where('ended_at', 'is', null)
    .where('dispatched_at', 'is not', null)
    .orderBy('id')
    .limit(limit);
  return await (after === null ? query : query.where('id', '>', after)).execute();
}

export async function findStandings(
  db: Database,
  ids: readonly string[],
  quietSeconds: number,
): Promise<StandingRow[]> {
  return await selectStandings(db, quietSeconds).where(sql<SqlBool>`id = any(${ids}::uuid[])`).execute();
}

function selectStandings(db: Database, quietSeconds: number) {
  return db
    .selectFrom('messages')
    .select(['id', 'status', 'channel', 'waiting_for as waitingFor'])
    .where('updated_at', '<', sql<Date>`now() - make_interval(secs => ${quietSeconds})`);
}

/** A message that may have to be healed, with its attempts in order. */
export interface SuspectRow extends Standing {
  changedAt: Date;
  hasEnded: boolean;
  attempts: SuspectAttempt[];
}

export interface SuspectAttempt extends PastAttempt {
  id: string;
  /** How long ago its provider was called; null where it was not. */
  calledSecondsAgo: number | null;
}

/** @returns nothing where the message is gone, or has changed a moment ago */
export async function findSuspect(db: Database, id: string, quietSeconds: number): Promise<SuspectRow | undefined> {
  const row = await selectStandings(db, quietSeconds)
    .select(['updated_at as changedAt', sql<boolean>`ended_at is not null`.as('hasEnded')])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const attempts = await db
    .selectFrom('attempts as a')
    .select(['a.id', 'a.channel', 'a.outcome', 'a.delivery_status as deliveryStatus'])
    .select([
      sql<number | null>`extract(epoch from now() - a.called_at)::float8`.as('calledSecondsAgo'),
      sql<boolean>`exists (
        select 1 from message_events e where e.message_id = a.message_id and e.token = a.token
      )`.as('isRecorded'),
    ])
    .where('a.message_id', '=', id)
    .orderBy('a.number')
    .execute();
  return { ...row, attempts };
}
