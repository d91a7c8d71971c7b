import type { Updateable } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../src/db/database.ts';
import type { DB } from '../../src/db/tables.ts';
import type { Channel } from '../../src/domain/channels.ts';

/** Moments of a message's life, as its workflow would have written them. */
export const STATES = {
  'due now': {},
  'waiting for its schedule': { waiting_for: 'schedule', send_at: new Date('2099-01-01T00:00:00Z') },
  'waiting for quiet hours to end': { waiting_for: 'schedule' },
  'waiting for a retry': { waiting_for: 'retry', error_code: 'smtp_timeout' },
  'held for an operator': { waiting_for: 'operator', error_code: 'interrupted' },
  'being handed over': { calling_attempt_id: uuidv7() },
  'being cancelled': { cancel_requested_at: new Date() },
  sent: { status: 'sent', sent_at: new Date() },
  'sent and waiting for another try': { status: 'sent', sent_at: new Date(), waiting_for: 'retry' },
  'sent and waiting for a receipt': { status: 'sent', sent_at: new Date(), waiting_for: 'receipt' },
  'sent, with its fallback being handed over': { status: 'sent', sent_at: new Date(), calling_attempt_id: uuidv7() },
  'sent and acknowledged by nobody': { status: 'sent', sent_at: new Date(), error_code: 'not_acknowledged' },
  'acknowledged by nobody and waiting for an operator': {
    ...{ status: 'sent', sent_at: new Date(), error_code: 'not_acknowledged', waiting_for: 'operator' },
  },
  failed: { status: 'failed', error_code: 'smtp_5.1.1' },
  cancelled: { status: 'failed', error_code: 'cancelled', cancel_requested_at: new Date() },
  expired: { status: 'failed', error_code: 'expired', expires_at: new Date('2020-01-01T00:00:00Z') },
  'failed and waiting for an operator': { status: 'failed', error_code: 'smtp_5.1.1', waiting_for: 'operator' },
} as const satisfies Record<string, Updateable<DB['messages']>>;
export type State = keyof typeof STATES;

export async function setMessage(db: Database, id: string, columns: Updateable<DB['messages']>): Promise<void> {
  if (Object.keys(columns).length > 0) await db.updateTable('messages').set(columns).where('id', '=', id).execute();
}

/** An attempt that is with its provider, and the state that this leaves its message in. */
export async function handOver(
  db: Database,
  messageId: string,
  more: Partial<Updateable<DB['attempts']>> & { channel?: Channel } = {},
): Promise<string> {
  const id = uuidv7();
  const attempt = { id, message_id: messageId, number: 1, token: id, channel: 'sms', called_at: new Date(), ...more };
  await db
    .insertInto('attempts')
    .values(attempt as never)
    .execute();
  await setMessage(db, messageId, { calling_attempt_id: id, attempt_count: 1 });
  return id;
}

/** An attempt that its provider has taken; its message is sent and waits for a receipt. */
export async function sendOff(db: Database, messageId: string, providerMessageId: string | null): Promise<string> {
  const finished = { outcome: 'accepted', finished_at: new Date(), delivery_status: 'accepted' } as const;
  const id = await handOver(db, messageId, { ...finished, provider_message_id: providerMessageId });
  const sent = STATES['sent and waiting for a receipt'];
  await setMessage(db, messageId, { ...sent, delivery_status: 'accepted', calling_attempt_id: null });
  return id;
}
