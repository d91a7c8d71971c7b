import { v7 as uuidv7 } from 'uuid';
import type { Accepted } from '../channels/channel.ts';
import type { AttemptRow } from '../db/attempts.ts';
import { insertReceipt } from '../db/receipts.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Keeps that a provider has taken an attempt whose call had been given up, and which is on record as uncertain: like a
 * receipt that says so, of which the message's workflow is told by the next sweep. It may be waiting for an operator who
 * has nothing to decide any more.
 */
export async function keepLateAnswer(
  { db, sealer }: Pick<ActivityDependencies, 'db' | 'sealer'>,
  attempt: Pick<AttemptRow, 'id'>,
  { providerMessageId }: Accepted,
): Promise<void> {
  const id = uuidv7();
  await insertReceipt(db, {
    ...{ id, provider: 'worker', dedupe_key: `answer:${attempt.id}`, attempt_id: attempt.id, status: 'accepted' },
    ...{ provider_message_id: providerMessageId, raw_sealed: sealer.seal('', sealedPlaces.receiptRaw(id)) },
    ...{ error_code: null, error_kind: null, retry_after_seconds: null, repeats: null },
    unsignalled_since: new Date(),
  });
}
