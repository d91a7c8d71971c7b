import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { AddressOnChannel } from './suppressions.ts';

/** A message that somebody may be answering, and whom it was for. */
export interface AnsweredMessage {
  message_id: string;
  recipient_id: string;
}

/** The message that a provider knows under an id. */
export async function findMessageOfProvider(
  db: Database,
  { channel }: Pick<AddressOnChannel, 'channel'>,
  providerMessageId: string,
): Promise<AnsweredMessage | undefined> {
  return await selectAttempted(db)
    .where('a.provider_message_id', '=', providerMessageId)
    // Its index is for those alone.
    .where('a.channel', '<>', 'email')
    .where('a.channel', '=', channel)
    .executeTakeFirst();
}

/** The message that a provider took last for whoever has an address now, in the last so many days. */
export async function findLastMessageTo(
  db: Database,
  { channel, addressHash }: AddressOnChannel,
  days: number,
): Promise<AnsweredMessage | undefined> {
  return await selectAttempted(db)
    .innerJoin('recipients as r', 'r.id', 'm.recipient_id')
    .where(hashColumn(channel), '=', addressHash)
    .where('m.erased_at', 'is', null)
    .where('a.channel', '=', channel)
    .where('a.outcome', '=', 'accepted')
    .where('a.finished_at', '>', sql<Date>`now() - make_interval(days => ${days})`)
    .orderBy('a.finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Who has an address; the newest where several have it. */
export async function findRecipientWith(
  db: Database,
  { channel, addressHash }: AddressOnChannel,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('recipients as r')
    .select('r.id')
    .where(hashColumn(channel), '=', addressHash)
    .orderBy('r.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/**
 * Keeps a message from being erased until the transaction ends.
 * @returns false where it is gone already
 */
export async function holdMessage(db: Database, id: string): Promise<boolean> {
  const query = db.selectFrom('messages').select('id').where('id', '=', id).where('erased_at', 'is', null);
  return (await query.forKeyShare().executeTakeFirst()) !== undefined;
}

function selectAttempted(db: Database) {
  return db
    .selectFrom('attempts as a')
    .innerJoin('messages as m', 'm.id', 'a.message_id')
    .select(['a.message_id', 'm.recipient_id']);
}

function hashColumn(channel: AddressOnChannel['channel']) {
  return ({ email: 'r.email_hash', sms: 'r.phone_hash', whatsapp: 'r.whatsapp_hash' } as const)[channel];
}
