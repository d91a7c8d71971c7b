import { sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { EscalationGoal } from '../domain/statuses.ts';
import type { Database } from './database.ts';

/** What is known of a message that a person confirms, by the attempt that carried the link. */
export interface AcknowledgeableMessage {
  message_id: string;
  /** Of the attempt. */
  channel: Channel;
  until: EscalationGoal | null;
  acknowledged_at: Date | null;
  is_cancelled: boolean;
  is_erased: boolean;
}

export async function findAcknowledgeable(
  db: Database,
  attemptId: string,
): Promise<AcknowledgeableMessage | undefined> {
  return await selectAcknowledgeable(db, attemptId).executeTakeFirst();
}

/** The same, and locks the message against its workflow and other callers until the transaction ends. */
export async function lockAcknowledgeable(
  db: Database,
  attemptId: string,
): Promise<AcknowledgeableMessage | undefined> {
  return await selectAcknowledgeable(db, attemptId).forUpdate('m').executeTakeFirst();
}

/** Keeps where a locked message was confirmed, and that its workflow has to be told. */
export async function markAcknowledged(db: Database, messageId: string, channel: Channel): Promise<void> {
  await db
    .updateTable('messages')
    .set({
      acknowledged_at: sql`now()`,
      acknowledged_channel: channel,
      acknowledgement_unsignalled_since: sql`now()`,
      updated_at: sql`now()`,
    })
    .where('id', '=', messageId)
    .execute();
}

/** A confirmed message whose workflow has not been told. */
export interface UnsignalledAcknowledgement {
  message_id: string;
  channel: Channel;
}

/** The oldest first. */
export async function listUnsignalledAcknowledgements(
  db: Database,
  olderThanSeconds: number,
  limit: number,
): Promise<UnsignalledAcknowledgement[]> {
  return await db
    .selectFrom('messages')
    .select(['id as message_id', 'acknowledged_channel as channel'])
    .where('acknowledgement_unsignalled_since', '<', sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`)
    .where('acknowledged_channel', 'is not', null)
    .$narrowType<{ channel: Channel }>()
    .orderBy('acknowledgement_unsignalled_since')
    .limit(limit)
    .execute();
}

export async function markAcknowledgementSignalled(db: Database, messageId: string): Promise<void> {
  await db
    .updateTable('messages')
    .set({ acknowledgement_unsignalled_since: null })
    .where('id', '=', messageId)
    .execute();
}

function selectAcknowledgeable(db: Database, attemptId: string) {
  return db
    .selectFrom('attempts as a')
    .innerJoin('messages as m', 'm.id', 'a.message_id')
    .where('a.id', '=', attemptId)
    .select(['a.message_id', 'a.channel', 'm.until', 'm.acknowledged_at'])
    .select([
      // What the person has got before the rest of its plan was cancelled can be confirmed.
      sql<boolean>`m.status <> 'sent' and (
        m.cancel_requested_at is not null or m.error_code is not distinct from 'cancelled'
      )`.as('is_cancelled'),
      sql<boolean>`m.erased_at is not null`.as('is_erased'),
    ]);
}
