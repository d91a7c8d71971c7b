import { type InboundRow, listInboundOf, listReplies } from '../db/inbound-messages.ts';
import { findMessage } from '../db/messages.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { AddressOnChannel } from '../db/suppressions.ts';
import type { Channel } from '../domain/channels.ts';
import type { InboundContent, InboundKind } from '../domain/inbound.ts';
import type { ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readAllPages, readPage } from './list-page.ts';
import { notFound } from './service-error.ts';

/** Something that a person wrote to us. */
export interface Reply extends InboundContent {
  readonly id: string;
  readonly channel: Channel;
  readonly kind: InboundKind;
  /** The message that it answers; null where it answers none. */
  readonly messageId: string | null;
  readonly receivedAt: Date;
}

/**
 * What answers a message, the newest first.
 * @throws {ServiceError} not_found; invalid, where the cursor is not one of this list
 */
export async function findReplies(
  { db, sealer }: ServiceContext,
  messageId: string,
  request: PageRequest,
): Promise<PageResult<Reply>> {
  if ((await findMessage(db, messageId)) === undefined) throw notFound('message');
  const { items, ...links } = await readPage(request, (page) => listReplies(db, messageId, page));
  return { items: items.map((row) => openReply(sealer, row)), ...links };
}

/** All that a person wrote, the newest first, read while it is taken. */
export async function* readRepliesOf(
  { db, sealer }: ServiceContext,
  recipientId: string,
  addresses: readonly AddressOnChannel[],
): AsyncGenerator<Reply> {
  for await (const rows of readAllPages((page) => listInboundOf(db, recipientId, addresses, page))) {
    for (const row of rows) yield openReply(sealer, row);
  }
}

function openReply(sealer: ServiceContext['sealer'], row: InboundRow): Reply {
  const { id, channel, kind, message_id: messageId, received_at: receivedAt } = row;
  const content = sealer.open<InboundContent>(row.content_sealed, sealedPlaces.inboundContent(id));
  return { id, channel, kind, messageId, receivedAt, ...content };
}
