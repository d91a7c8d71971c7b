import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { findLinkedAttempt, type LinkedAttempt } from '../db/linked-attempts.ts';
import { insertEvent } from '../db/message-events.ts';
import { deleteOptOut, insertOptOuts } from '../db/opt-outs.ts';
import { lockRecipient, updatePreferences } from '../db/recipients.ts';
import { isOptedOut, type OptOut, optOutCode } from '../domain/opt-outs.ts';
import type { ServiceContext } from './context.ts';

/** Whether somebody gets the emails that are like the one whose link they follow. */
export type Subscription =
  | { readonly state: 'subscribed'; readonly category: string }
  | {
      readonly state: 'unsubscribed';
      readonly category: string;
      /** Whether `resubscribe` would change it: not where the wish was stated elsewhere as well. */
      readonly canUndo: boolean;
    }
  /** The person has been erased, or the message is gone: nothing is known that could be changed. */
  | { readonly state: 'unknown' };

const UNKNOWN: Subscription = { state: 'unknown' };
/** Where opt-outs that are stated here come from. */
const SOURCE = 'unsubscribe';
const ACTOR = 'recipient';

/** @returns null where the token is not one of ours */
export async function findSubscription({ db, links }: ServiceContext, token: string): Promise<Subscription | null> {
  const link = links.read('unsubscribe', token);
  if (link === null) return null;
  const attempt = await findLinkedAttempt(db, link.attemptId);
  return attempt === undefined ? UNKNOWN : subscriptionOf(attempt);
}

/**
 * Opts the recipient of a mail out of emails of its category. Harmless twice.
 * @returns null where the token is not one of ours
 */
export async function unsubscribe(context: ServiceContext, token: string): Promise<Subscription | null> {
  return await change(context, token, async (db, recipientId, optOut) => {
    const added = await insertOptOuts(db, recipientId, [optOut], SOURCE);
    return added.length === 0 ? null : { past: 'unsubscribed', detail: { opted_out: optOutCode(optOut) } };
  });
}

/**
 * Takes back what `unsubscribe` did, and nothing that was stated elsewhere. Harmless twice.
 * @returns null where the token is not one of ours
 */
export async function resubscribe(context: ServiceContext, token: string): Promise<Subscription | null> {
  return await change(context, token, async (db, recipientId, optOut) => {
    const isLifted = await deleteOptOut(db, recipientId, optOut, SOURCE);
    return isLifted ? { past: 'resubscribed', detail: { opted_in: optOutCode(optOut) } } : null;
  });
}

/** What has been changed, for the timeline and the audit log. */
interface Change {
  readonly past: 'unsubscribed' | 'resubscribed';
  readonly detail: Record<string, string>;
}

async function change(
  { db, links }: ServiceContext,
  token: string,
  apply: (db: Database, recipientId: string, optOut: OptOut) => Promise<Change | null>,
): Promise<Subscription | null> {
  const link = links.read('unsubscribe', token);
  if (link === null) return null;
  return await db.transaction().execute(async (trx) => {
    const found = await findLinkedAttempt(trx, link.attemptId);
    if (found === undefined) return UNKNOWN;
    // Nobody can be erased from here on; whoever has been meanwhile is seen below.
    await lockRecipient(trx, found.recipient_id);
    const attempt = await findLinkedAttempt(trx, link.attemptId);
    if (attempt === undefined || attempt.is_recipient_erased) return UNKNOWN;
    const changed = await apply(trx, attempt.recipient_id, { channel: 'email', category: attempt.category });
    if (changed === null) return subscriptionOf(attempt);
    await keepChange(trx, attempt, changed);
    const after = await findLinkedAttempt(trx, link.attemptId);
    return after === undefined ? UNKNOWN : subscriptionOf(after);
  });
}

async function keepChange(db: Database, attempt: LinkedAttempt, { past, detail }: Change): Promise<void> {
  await updatePreferences(db, attempt.recipient_id, {});
  if (!attempt.is_message_erased) {
    await insertEvent(db, attempt.message_id, { type: past, channel: 'email', detail: null, actor: ACTOR });
  }
  await insertAuditEntry(db, {
    ...{ actor: ACTOR, action: `recipient.${past}`, resourceType: 'recipient', resourceId: attempt.recipient_id },
    detail,
  });
}

function subscriptionOf({ category, opt_outs, is_recipient_erased }: LinkedAttempt): Subscription {
  if (is_recipient_erased) return UNKNOWN;
  if (!isOptedOut(opt_outs, 'email', category)) return { state: 'subscribed', category };
  const others = opt_outs.filter(
    (optOut) => optOut.source !== SOURCE || optOut.channel !== 'email' || optOut.category !== category,
  );
  return { state: 'unsubscribed', category, canUndo: !isOptedOut(others, 'email', category) };
}
