import type { AttachmentRow } from '../db/attachments.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import { listHistories, type MessageHistories } from '../db/message-histories.ts';
import { listMessages, type MessageRow } from '../db/messages.ts';
import { findRecipient, type RecipientRow } from '../db/recipients.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { AddressOnChannel } from '../db/suppressions.ts';
import type { MessageBody } from '../domain/message-body.ts';
import type { Caller, ServiceContext } from './context.ts';
import { readAllPages } from './list-page.ts';
import { type MessageDetail, viewEvent, viewMessage } from './message-view.ts';
import { openRecipient, type Recipient } from './recipient-record.ts';
import { type Reply, readRepliesOf } from './replies.ts';
import { notFound } from './service-error.ts';
import { listSuppressionsOf, type Suppression } from './suppressions.ts';

/** Everything known of a person. */
export interface RecipientExport {
  readonly recipient: Recipient;
  /** Of the addresses that they have now. */
  readonly suppressions: readonly Suppression[];
  /** The newest first, read while they are taken, so that thousands need no more memory than a few. */
  readonly messages: AsyncIterable<ExportedMessage>;
  /** What they wrote to us, read like the messages. */
  readonly replies: AsyncIterable<Reply>;
}

export interface ExportedMessage extends MessageDetail {
  readonly body: MessageBody;
  readonly attachments: readonly ExportedAttachment[];
}

export interface ExportedAttachment {
  readonly filename: string;
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * Gives everything known of a person, which is kept in the audit log.
 * @throws {ServiceError} not_found
 */
export async function exportRecipient(
  context: ServiceContext,
  { actor }: Caller,
  id: string,
): Promise<RecipientExport> {
  const { db, sealer } = context;
  const row = await findRecipient(db, id);
  if (row === undefined) throw notFound('recipient');
  const addresses = addressesOf(row);
  const suppressions = await listSuppressionsOf(context, addresses);
  await insertAuditEntry(db, { actor, action: 'recipient.exported', resourceType: 'recipient', resourceId: id });
  return {
    ...{ recipient: openRecipient(sealer, row), suppressions },
    ...{ messages: exportMessages(context, id), replies: readRepliesOf(context, id, addresses) },
  };
}

async function* exportMessages(context: ServiceContext, recipientId: string): AsyncGenerator<ExportedMessage> {
  const { db } = context;
  for await (const rows of readAllPages((page) => listMessages(db, { recipientId }, page))) {
    const histories = await listHistories(
      db,
      rows.map((row) => row.id),
    );
    for (const row of rows) yield exportMessage(context, row, histories);
  }
}

function exportMessage(
  { sealer, links }: ServiceContext,
  row: MessageRow,
  { attempts, events, attachments }: MessageHistories,
): ExportedMessage {
  const isOfMessage = (part: { message_id: string }) => part.message_id === row.id;
  return {
    ...viewMessage({ sealer, links }, row),
    attempts: attempts.filter(isOfMessage).map(({ message_id, ...attempt }) => attempt),
    events: events.filter(isOfMessage).map(({ message_id, ...event }) => viewEvent(sealer, event)),
    body: sealer.open<MessageBody>(row.body_sealed as Buffer, sealedPlaces.messageBody(row.id)),
    attachments: attachments.filter(isOfMessage).map((file) => ({ ...openName(sealer, file), size: file.size })),
  };
}

function openName(
  sealer: ServiceContext['sealer'],
  { id, details_sealed }: Pick<AttachmentRow, 'id' | 'details_sealed'>,
): Pick<ExportedAttachment, 'filename' | 'contentType'> {
  return sealer.open(details_sealed, sealedPlaces.attachmentDetails(id));
}

function addressesOf({ email_hash, phone_hash, whatsapp_hash }: RecipientRow): AddressOnChannel[] {
  const all = [
    { channel: 'email', addressHash: email_hash },
    { channel: 'sms', addressHash: phone_hash },
    { channel: 'whatsapp', addressHash: whatsapp_hash },
  ] as const;
  return all.flatMap(({ channel, addressHash }) => (addressHash === null ? [] : [{ channel, addressHash }]));
}
