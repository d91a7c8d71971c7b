import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import { insertEventOnce } from '../db/message-events.ts';
import { insertReceipt, lockReceiptTarget, type ReceiptTarget, type UnsignalledReceipt } from '../db/receipts.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { DeliveryStatus } from '../domain/statuses.ts';
import type { ServiceContext } from './context.ts';
import { tellWorkflow } from './receipt-signal.ts';

/** What somebody says of an email of ours whom nothing shows to be a mail server that had it. */
export interface UnverifiedReport {
  readonly attemptId: string;
  /** Such as `hard`. */
  readonly category: string;
  /** Such as `smtp_5.1.1`. */
  readonly code: string;
  /** What the message would be if the report were to be believed; null for a report that changes nothing. */
  readonly status: DeliveryStatus | null;
}

/**
 * Puts a report that nothing vouches for on the timeline, as `unverified`, once for each status that reports of the
 * attempt claim: four times at most, however many of them come. No status changes, no fallback is started or stopped,
 * nobody is suppressed. Only a complaint is minded: an alert that its reader calls spam is sent no further, and waits for
 * an operator.
 */
export async function takeUnverifiedReport(context: ServiceContext, report: UnverifiedReport): Promise<void> {
  const { attemptId, category, code, status } = report;
  const { result, news } = await context.db.transaction().execute(async (db) => {
    const target = await lockReceiptTarget(db, { attemptId, providerMessageId: '' });
    if (target === undefined || target.is_erased) return { result: 'unknown' as const, news: null };
    const event = { type: 'unverified', channel: target.channel, detail: `${category} ${code}`, actor: 'email' };
    await insertEventOnce(db, target.message_id, event, `unverified:${target.attempt_id}:${status ?? 'other'}`);
    const isMinded = status === 'complained' && isOpenAlert(target);
    return { result: 'unverified' as const, news: isMinded ? await keepComplaint(context, db, target) : null };
  });
  context.telemetry.receiptTaken({ provider: 'email', result });
  if (news !== null) await tellWorkflow(context, news);
}

/** Whether somebody has still to confirm a message that a provider has taken, and no operator looks after it yet. */
function isOpenAlert({ until, status, waiting_for, calling_attempt_id }: ReceiptTarget): boolean {
  if (until !== 'acknowledged' || status !== 'sent') return false;
  return calling_attempt_id !== null || (waiting_for !== null && waiting_for !== 'operator');
}

/** Keeps a complaint until the message's workflow has been told of it, once for each attempt. */
async function keepComplaint(
  { sealer }: ServiceContext,
  db: Database,
  { attempt_id, message_id, channel, provider_message_id }: ReceiptTarget,
): Promise<UnsignalledReceipt | null> {
  const id = uuidv7();
  const unexplained = { error_code: null, error_kind: null, retry_after_seconds: null, repeats: null };
  const isNew = await insertReceipt(db, {
    ...{ id, provider: 'email', dedupe_key: `unverified:${attempt_id}:complained`, attempt_id, provider_message_id },
    ...{
      status: 'complained',
      raw_sealed: sealer.seal('', sealedPlaces.receiptRaw(id)),
      unsignalled_since: new Date(),
    },
    ...unexplained,
  });
  return isNew ? { id, message_id, channel, status: 'complained', ...unexplained } : null;
}
