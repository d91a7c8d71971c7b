import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';

/** Keeps that an address must not be used on a channel; does nothing where that is known. */
export async function insertSuppression(
  db: Database,
  suppression: { channel: Channel; addressHash: Buffer; reason: string },
): Promise<void> {
  await db
    .insertInto('suppressions')
    .values({
      id: uuidv7(),
      channel: suppression.channel,
      address_hash: suppression.addressHash,
      reason: suppression.reason,
    })
    .onConflict((conflict) => conflict.columns(['channel', 'address_hash']).doNothing())
    .execute();
}
