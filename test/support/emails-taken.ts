import { randomUUID } from 'node:crypto';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import { sendOff } from '../api/states.ts';
import type { Service } from './service.ts';

export interface TakenEmail {
  readonly id: string;
  readonly attemptId: string;
  /** Of its return path, signed. */
  readonly tag: string;
  readonly to: string;
}

/** An email that a mail server has taken, with all that its bounces are told by. */
export async function takenEmail(
  { db, context, sent }: Pick<Service, 'db' | 'context' | 'sent'>,
  to = `ada.${randomUUID()}@example.net`,
): Promise<TakenEmail> {
  const id = await sent({ recipient: { email: to }, channel: 'email', content: 'Hello' });
  const attemptId = await sendOff(db, id, null);
  const outgoing_sealed = context.sealer.seal({ to }, sealedPlaces.attemptOutgoing(attemptId));
  const provider_message_id = `<${attemptId}@example.com>`;
  await db
    .updateTable('attempts')
    .set({ outgoing_sealed, provider_message_id, channel: 'email' })
    .where('id', '=', attemptId)
    .execute();
  return { id, attemptId, tag: context.links.returnPathTag(attemptId), to };
}
