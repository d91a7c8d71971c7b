import { randomBytes } from 'node:crypto';
import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { cancelMessagesOf, type ErasableMessage, eraseRecipient, lockMessagesOf } from '../db/erasure.ts';
import { forgetResponses } from '../db/idempotency-keys.ts';
import { eraseMessages } from '../db/messages.ts';
import { lockRecipient } from '../db/recipients.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { RecipientDetails } from '../domain/recipient.ts';
import type { Caller, ServiceContext } from './context.ts';
import { endWorkflows } from './end-workflows.ts';
import { locationsOf } from './erase-message.ts';
import { notFound } from './service-error.ts';

const NOBODY: RecipientDetails = { externalId: null, name: null, email: null, phone: null, whatsapp: null };
/** As long as the HMAC-SHA-256 that it stands in for, so that no identity can ever equal it. */
const IDENTITY_BYTES = 32;

/**
 * Erases a person for good: who they are, what they wrote to us, and the content, addresses, attachments, receipts and
 * stored responses of all their messages; pending messages are cancelled. The audit log, the counts that statistics are
 * made of, and suppressions of their addresses (as hashes) stay, because a refusal outlives what is known of a person.
 * @throws {ServiceError} not_found
 */
export async function eraseRecipientById(context: ServiceContext, caller: Caller, id: string): Promise<void> {
  const messages = await context.db.transaction().execute(async (db) => await erase(context, db, caller, id));
  const running = messages.filter((message) => message.status === 'pending' || message.waiting_for !== null);
  await endWorkflows(
    context,
    caller,
    running.map((message) => message.id),
  );
}

async function erase(
  { sealer }: ServiceContext,
  db: Database,
  { actor }: Caller,
  id: string,
): Promise<ErasableMessage[]> {
  if ((await lockRecipient(db, id)) === undefined) throw notFound('recipient');
  const messages = await lockMessagesOf(db, id);
  const messageIds = messages.map((message) => message.id);
  await cancelMessagesOf(db, id);
  await eraseMessages(db, messageIds);
  await forgetResponses(db, [`/api/recipients/${id}/`, ...locationsOf(messages)]);
  await eraseRecipient(db, id, {
    identityHash: randomBytes(IDENTITY_BYTES),
    detailsSealed: sealer.seal(NOBODY, sealedPlaces.recipientDetails(id)),
  });
  await insertAuditEntry(db, {
    ...{ actor, action: 'recipient.erased', resourceType: 'recipient', resourceId: id },
    detail: {
      messages: messages.length,
      cancelled: messages.filter(({ status }) => status === 'pending').length,
    },
  });
  return messages;
}
