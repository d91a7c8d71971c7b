import { sql } from 'kysely';
import type { MessageStatus, WaitingFor } from '../domain/statuses.ts';
import type { Database } from './database.ts';

/*
 * Erasing a person: a handful of statements however many messages they have, in the transaction of a caller who has
 * locked the recipient, so that no message can be added meanwhile.
 */

export interface ErasableMessage {
  id: string;
  batch_id: string | null;
  status: MessageStatus;
  waiting_for: WaitingFor | null;
}

/** Locks all messages of a recipient that are not erased yet. */
export async function lockMessagesOf(db: Database, recipientId: string): Promise<ErasableMessage[]> {
  return await db
    .selectFrom('messages')
    .select(['id', 'batch_id', 'status', 'waiting_for'])
    .where('recipient_id', '=', recipientId)
    .where('erased_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
}

/** Cancels what is pending, as `requestCancel` does for one message. */
export async function cancelMessagesOf(db: Database, recipientId: string): Promise<void> {
  await db
    .updateTable('messages')
    .set({ cancel_requested_at: sql`coalesce(cancel_requested_at, now())`, updated_at: sql`now()` })
    .where('recipient_id', '=', recipientId)
    .where('status', '=', 'pending')
    .where('erased_at', 'is', null)
    .execute();
}

/**
 * Empties a recipient and all that hangs on them but messages. The row stays, for the statistics of their messages;
 * suppressions stay, because a refusal outlives what is known of a person, but their hints go.
 * @param blank what takes the place of who they were: an identity that nobody can have, and sealed details without any
 */
export async function eraseRecipient(
  db: Database,
  id: string,
  blank: { identityHash: Buffer; detailsSealed: Buffer },
): Promise<void> {
  await sql`
    update suppressions s set hint_sealed = null from recipients r
    where r.id = ${id} and s.address_hash =
      case s.channel when 'email' then r.email_hash when 'sms' then r.phone_hash else r.whatsapp_hash end
  `.execute(db);
  await db.deleteFrom('opt_outs').where('recipient_id', '=', id).execute();
  await eraseInbound(db, id);
  await db
    .updateTable('recipients')
    .set({ identity_hash: blank.identityHash, details_sealed: blank.detailsSealed })
    .set({ external_id_hash: null, email_hash: null, phone_hash: null, whatsapp_hash: null })
    .set({ locale: null, time_zone: null, preferred_channels: [], quiet_hours: null })
    .set({ erased_at: sql`now()`, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

/** What they wrote to us, also before they were known, and that they did. */
async function eraseInbound(db: Database, id: string): Promise<void> {
  await db.deleteFrom('inbound_messages').where('recipient_id', '=', id).execute();
  await sql`
    delete from inbound_messages i using (
      select 'sms' as channel, phone_hash as address_hash from recipients where id = ${id}
      union all select 'whatsapp', whatsapp_hash from recipients where id = ${id}
    ) r
    where i.recipient_id is null and i.channel = r.channel and i.address_hash = r.address_hash
  `.execute(db);
  await sql`
    delete from whatsapp_windows w using recipients r where r.id = ${id} and w.address_hash = r.whatsapp_hash
  `.execute(db);
}
