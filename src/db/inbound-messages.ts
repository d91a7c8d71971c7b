import type { Channel } from '../domain/channels.ts';
import type { InboundKind } from '../domain/inbound.ts';
import type { Database } from './database.ts';
import type { Page } from './messages.ts';
import type { AddressOnChannel } from './suppressions.ts';

export interface NewInboundMessage {
  id: string;
  provider: string;
  provider_message_id: string;
  channel: Channel;
  kind: InboundKind;
  address_hash: Buffer;
  recipient_id: string | null;
  /** The message that it answers. */
  message_id: string | null;
  content_sealed: Buffer;
  received_at: Date;
}

export interface InboundRow {
  id: string;
  channel: Channel;
  kind: InboundKind;
  message_id: string | null;
  content_sealed: Buffer;
  received_at: Date;
}

/** @returns false where this message has come before */
export async function insertInbound(db: Database, inbound: NewInboundMessage): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('inbound_messages')
    .values(inbound)
    .onConflict((conflict) => conflict.columns(['provider', 'provider_message_id']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** What answers a message, the newest first. */
export async function listReplies(db: Database, messageId: string, page: Page): Promise<InboundRow[]> {
  return await listPage(selectInbound(db).where('message_id', '=', messageId), page);
}

/** What a person wrote, the newest first: what is known to be theirs, and what came before they were known. */
export async function listInboundOf(
  db: Database,
  recipientId: string,
  addresses: readonly AddressOnChannel[],
  page: Page,
): Promise<InboundRow[]> {
  const query = selectInbound(db).where((eb) =>
    eb.or([
      eb('recipient_id', '=', recipientId),
      ...addresses.map(({ channel, addressHash }) =>
        eb.and([eb('recipient_id', 'is', null), eb('channel', '=', channel), eb('address_hash', '=', addressHash)]),
      ),
    ]),
  );
  return await listPage(query, page);
}

/** Only what has not been erased. */
function selectInbound(db: Database) {
  return db
    .selectFrom('inbound_messages')
    .select(['id', 'channel', 'kind', 'message_id', 'content_sealed', 'received_at'])
    .where('content_sealed', 'is not', null)
    .$narrowType<{ kind: InboundKind; content_sealed: Buffer }>();
}

async function listPage(query: ReturnType<typeof selectInbound>, page: Page): Promise<InboundRow[]> {
  const limited = query.limit(page.limit);
  if (page.after !== undefined) {
    return (await limited.where('id', '>', page.after).orderBy('id', 'asc').execute()).reverse();
  }
  const older = page.before === undefined ? limited : limited.where('id', '<', page.before);
  return await older.orderBy('id', 'desc').execute();
}
