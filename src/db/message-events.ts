import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';

export interface EventRow {
  at: Date;
  type: string;
  channel: Channel | null;
  detail: string | null;
  actor: string;
}

/** Adds an event to a message's timeline; `detail` is a code or a count, never personal data. */
export async function insertEvent(db: Database, messageId: string, event: Omit<EventRow, 'at'>): Promise<void> {
  await db
    .insertInto('message_events')
    .values({ id: uuidv7(), message_id: messageId, at: sql`now()`, ...event })
    .execute();
}

export async function listEvents(db: Database, messageId: string): Promise<EventRow[]> {
  return await db
    .selectFrom('message_events')
    .select(['at', 'type', 'channel', 'detail', 'actor'])
    .where('message_id', '=', messageId)
    .orderBy('id')
    .execute();
}
