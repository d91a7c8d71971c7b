import type { AttemptView } from './attempts.ts';
import type { Database } from './database.ts';
import type { StoredEvent } from './message-events.ts';

/** What hangs on several messages, read for all of them at once. */
export interface MessageHistories {
  attempts: (AttemptView & { message_id: string })[];
  events: (StoredEvent & { message_id: string })[];
  attachments: { id: string; message_id: string; details_sealed: Buffer; size: number }[];
}

/** Attempts, events and attachments (without what is in them), each in their order. */
export async function listHistories(db: Database, messageIds: readonly string[]): Promise<MessageHistories> {
  const [attempts, events, attachments] = await Promise.all([
    db
      .selectFrom('attempts')
      .select(['message_id', 'number', 'channel', 'started_at', 'finished_at', 'outcome'])
      .select(['error_code', 'error_kind', 'error_message', 'provider_message_id'])
      .select(['segments', 'cost_amount', 'cost_currency', 'cost_final'])
      .where((eb) => eb('message_id', '=', eb.fn.any(eb.val(messageIds))))
      .orderBy('number')
      .execute(),
    db
      .selectFrom('message_events')
      .select(['message_id', 'id', 'at', 'type', 'channel', 'detail', 'actor', 'note_sealed'])
      .where((eb) => eb('message_id', '=', eb.fn.any(eb.val(messageIds))))
      .orderBy('id')
      .execute(),
    db
      .selectFrom('attachments')
      .select(['id', 'message_id', 'details_sealed', 'size'])
      .where((eb) => eb('message_id', '=', eb.fn.any(eb.val(messageIds))))
      .orderBy('position')
      .execute(),
  ]);
  return { attempts, events, attachments };
}
