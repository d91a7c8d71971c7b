import { suppressAddress } from '../db/address-failures.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { forgetResponses } from '../db/idempotency-keys.ts';
import { type AddressOnChannel, deleteSuppressionFor, isSuppressedFor } from '../db/suppressions.ts';

/** Who changes a consent by writing to us, for the timeline and the audit log. */
export const ACTOR = 'recipient';

const STOPPED = 'stop';
/**
 * The suppressions that their owner lifts by asking for messages again: what they told us, and what they told the
 * provider (https://www.twilio.com/docs/api/errors/21610). An address that does not work stays suppressed.
 */
const LIFTED_BY_OWNER = [STOPPED, 'twilio_21610'];

/** Whether the owner of an address wants no messages on a channel, and may change that by writing to us. */
export async function hasStopped(db: Database, on: AddressOnChannel): Promise<boolean> {
  return await isSuppressedFor(db, on, LIFTED_BY_OWNER);
}

/** Suppresses an address for its owner. Harmless twice. */
export async function stopAddress(db: Database, on: AddressOnChannel): Promise<void> {
  await suppressAddress(db, on, { reason: STOPPED, actor: ACTOR });
}

/** Takes back what `stopAddress` did, and what the provider did for the same reason. Harmless twice. */
export async function startAddress(db: Database, on: AddressOnChannel): Promise<void> {
  const id = await deleteSuppressionFor(db, on, LIFTED_BY_OWNER);
  if (id === null) return;
  await forgetResponses(db, [`/api/suppressions/${id}/`]);
  const about = { action: 'suppression.lifted', resourceType: 'suppression', resourceId: id };
  await insertAuditEntry(db, { actor: ACTOR, ...about, detail: { channel: on.channel } });
}
