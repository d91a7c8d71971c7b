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

/** An event with what an operator wrote about it, sealed. */
export interface StoredEvent extends EventRow {
  id: string;
  note_sealed: Buffer | null;
}

/**
 * Adds an event to a message's timeline. `detail` is a code or a count; what people write belongs into `note`.
 * @param note seals a text for the event's id
 */
export async function insertEvent(
  db: Database,
  messageId: string,
  event: Omit<EventRow, 'at'>,
  note?: (eventId: string) => Buffer,
): Promise<void> {
  const id = uuidv7();
  await db
    .insertInto('message_events')
    .values({ id, message_id: messageId, at: sql`now()`, ...event, note_sealed: note?.(id) ?? null })
    .execute();
}

/** Adds an event unless the message has one of this token: what happens often is on the timeline once. */
export async function insertEventOnce(
  db: Database,
  messageId: string,
  event: Omit<EventRow, 'at'>,
  token: string,
): Promise<void> {
  await db
    .insertInto('message_events')
    .values({ id: uuidv7(), message_id: messageId, at: sql`now()`, ...event, token })
    .onConflict((conflict) => conflict.columns(['message_id', 'token']).doNothing())
    .execute();
}

/** Whether somebody has acted on a message, as its workflow or they themselves have recorded it. */
export async function hasEventBy(db: Database, messageId: string, actor: string): Promise<boolean> {
  const row = await db
    .selectFrom('message_events')
    .select('id')
    .where('message_id', '=', messageId)
    .where('actor', '=', actor)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function listEvents(db: Database, messageId: string): Promise<StoredEvent[]> {
  return await db
    .selectFrom('message_events')
    .select(['id', 'at', 'type', 'channel', 'detail', 'actor', 'note_sealed'])
    .where('message_id', '=', messageId)
    .orderBy('id')
    .execute();
}
