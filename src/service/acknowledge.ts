import {
  type AcknowledgeableMessage,
  findAcknowledgeable,
  lockAcknowledgeable,
  markAcknowledged,
} from '../db/acknowledgements.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import { tellAcknowledged } from './acknowledge-signal.ts';
import { ACTOR } from './consent.ts';
import type { ServiceContext } from './context.ts';

/**
 * Whether somebody can still confirm the message whose link they follow, or has. `cancelled` and `gone` want no answer
 * any more; `not_asked` never did.
 */
export type Acknowledgement = 'open' | 'acknowledged' | 'cancelled' | 'gone' | 'not_asked';

/** @returns null where the token is not one of ours */
export async function findAcknowledgement(
  { db, links }: ServiceContext,
  token: string,
): Promise<Acknowledgement | null> {
  const link = links.read('acknowledge', token);
  return link === null ? null : stateOf(await findAcknowledgeable(db, link.attemptId));
}

/**
 * Keeps that the person has confirmed a message, on the channel whose attempt carried the token, and tells its workflow:
 * at once, and again later where Temporal is away. The first time counts; more are harmless.
 * @returns null where the token is not one of ours
 */
export async function acknowledge(context: ServiceContext, token: string): Promise<Acknowledgement | null> {
  const link = context.links.read('acknowledge', token);
  if (link === null) return null;
  const { state, news } = await context.db.transaction().execute(async (db) => {
    const message = await lockAcknowledgeable(db, link.attemptId);
    const before = stateOf(message);
    if (message === undefined || before !== 'open') return { state: before, news: null };
    const { message_id, channel } = message;
    await markAcknowledged(db, message_id, channel);
    await insertAuditEntry(db, {
      ...{ actor: ACTOR, action: 'message.acknowledged', resourceType: 'message', resourceId: message_id },
      detail: { channel },
    });
    return { state: 'acknowledged' as const, news: { message_id, channel } };
  });
  if (news !== null) await tellAcknowledged(context, news);
  return state;
}

function stateOf(message: AcknowledgeableMessage | undefined): Acknowledgement {
  if (message === undefined || message.is_erased) return 'gone';
  if (message.until !== 'acknowledged') return 'not_asked';
  if (message.acknowledged_at !== null) return 'acknowledged';
  return message.is_cancelled ? 'cancelled' : 'open';
}
