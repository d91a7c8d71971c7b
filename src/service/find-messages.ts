import { listMessages, type MessageFilter } from '../db/messages.ts';
import type { ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { type MessageView, viewMessage } from './message-view.ts';
import { findRecipientByReference } from './recipients.ts';

export type MessageQuery = Omit<MessageFilter, 'recipientId'> & {
  /** Id or external id. */
  readonly recipient?: string;
};

/** @throws {ServiceError} invalid, where the cursor is not one of this list */
export async function findMessages(
  context: ServiceContext,
  { recipient, ...filter }: MessageQuery,
  request: PageRequest,
): Promise<PageResult<MessageView>> {
  const person = recipient === undefined ? null : await findRecipientByReference(context, recipient);
  if (recipient !== undefined && person === null) return { items: [], next: null, previous: null };
  const full = person === null ? filter : { ...filter, recipientId: person.id };
  const { items, ...links } = await readPage(request, (page) => listMessages(context.db, full, page));
  return { items: items.map((row) => viewMessage(context, row)), ...links };
}
