import type { Channel } from '../domain/channels.ts';
import { insertAuditEntry } from './audit-log.ts';
import type { Database } from './database.ts';
import { insertSuppression } from './suppressions.ts';

/** A failure that is the fault of an address, and how many of its kind the address is forgiven. */
export interface AddressFailure {
  readonly attemptId: string;
  readonly channel: Channel;
  readonly addressHash: Buffer;
  readonly code: string;
  /** The failure by which the address is suppressed: the first, the second and so on. */
  readonly suppressAfter: number;
  /** Who reported it, for the audit log. */
  readonly actor: string;
}

/**
 * Suppresses an address on a channel once it has failed often enough, and keeps that in the audit log.
 * @param db a transaction
 */
export async function suppressAfterFailures(db: Database, failure: AddressFailure): Promise<void> {
  const { channel, addressHash, code: reason, actor } = failure;
  const earlier = failure.suppressAfter > 1 ? await countEarlierFailures(db, failure) : 0;
  if (earlier + 1 < failure.suppressAfter) return;
  const resourceId = await insertSuppression(db, { channel, addressHash, reason });
  if (resourceId === null) return;
  const about = { action: 'suppression.added', resourceType: 'suppression', resourceId };
  await insertAuditEntry(db, { actor, ...about, detail: { channel, reason } });
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
