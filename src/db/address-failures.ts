import type { Channel } from '../domain/channels.ts';
import { WINDOW_CLOSED } from '../domain/failures.ts';
import { insertAuditEntry } from './audit-log.ts';
import type { Database } from './database.ts';
import { type AddressOnChannel, insertSuppression } from './suppressions.ts';
import { markWindowClosed } from './whatsapp-windows.ts';

/** What a provider's failure may tell of the address that it was for. */
export interface AddressFailure {
  readonly attemptId: string;
  readonly channel: Channel;
  readonly addressHash: Buffer;
  readonly code: string;
  /** The failure by which the address is suppressed: the first, the second and so on; null for none. */
  readonly suppressAfter: number | null;
  /** Our number on WhatsApp; null where there is none. */
  readonly whatsappSender: string | null;
  /** Who reported it, for the audit log. */
  readonly actor: string;
}

/** Whether a failure tells anything of its address. */
export function tellsOfAddress({ code, suppressAfter }: Pick<AddressFailure, 'code' | 'suppressAfter'>): boolean {
  return suppressAfter !== null || code === WINDOW_CLOSED;
}

/**
 * Keeps what a failure tells of its address: that it must not be used again on the channel, once it has failed often
 * enough, or that its WhatsApp window is closed.
 * @param db a transaction
 */
export async function keepAddressFailure(db: Database, failure: AddressFailure): Promise<void> {
  const { channel, addressHash, code, suppressAfter, whatsappSender: sender, actor } = failure;
  if (suppressAfter !== null && (await isUsedUp(db, failure, suppressAfter))) {
    await suppressAddress(db, { channel, addressHash }, { reason: code, actor });
  }
  if (code === WINDOW_CLOSED && sender !== null) {
    await markWindowClosed(db, { sender, addressHash }, await handedOverAt(db, failure));
  }
}

/**
 * Suppresses an address on a channel, and keeps in the audit log who did; does nothing where it is suppressed already.
 * @param db a transaction
 */
export async function suppressAddress(
  db: Database,
  { channel, addressHash }: AddressOnChannel,
  { reason, actor }: { reason: string; actor: string },
): Promise<void> {
  const resourceId = await insertSuppression(db, { channel, addressHash, reason });
  if (resourceId === null) return;
  const about = { action: 'suppression.added', resourceType: 'suppression', resourceId };
  await insertAuditEntry(db, { actor, ...about, detail: { channel, reason } });
}

async function handedOverAt(db: Database, { attemptId }: AddressFailure): Promise<Date> {
  const { at } = await db
    .selectFrom('attempts')
    .select((eb) => eb.fn.coalesce('called_at', 'started_at').as('at'))
    .where('id', '=', attemptId)
    .executeTakeFirstOrThrow();
  return at;
}

async function isUsedUp(db: Database, failure: AddressFailure, suppressAfter: number): Promise<boolean> {
  return suppressAfter <= 1 || (await countEarlierFailures(db, failure)) + 1 >= suppressAfter;
}

/** Attempts to the same person on the channel that failed for the same reason, but for this one. */
async function countEarlierFailures(db: Database, { attemptId, channel, code }: AddressFailure): Promise<number> {
  const { count } = await db
    .selectFrom('attempts as failed')
    .innerJoin('messages as m', 'm.id', 'failed.message_id')
    .where('m.recipient_id', '=', (eb) =>
      eb
        .selectFrom('attempts as this')
        .innerJoin('messages as own', 'own.id', 'this.message_id')
        .where('this.id', '=', attemptId)
        .select('own.recipient_id'),
    )
    .where('failed.id', '<>', attemptId)
    .where('failed.channel', '=', channel)
    .where('failed.error_code', '=', code)
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}
