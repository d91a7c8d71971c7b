import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import { insertEvent } from '../db/message-events.ts';
import {
  applyReceipt,
  insertReceipt,
  lockReceiptTarget,
  type ReceiptTarget,
  type UnsignalledReceipt,
} from '../db/receipts.ts';
import type { Failure } from '../domain/failures.ts';
import { type DeliveryStatus, isDeliveryFailure, isDeliveryProgress, reachesGoal } from '../domain/statuses.ts';
import { isUuid } from '../domain/uuid.ts';
import type { ServiceContext } from './context.ts';
import { tellWorkflow } from './receipt-signal.ts';

/** Why a provider says that it could not deliver what it had taken. */
export interface ReceiptFailure extends Failure {
  readonly sentence: string;
  /** After how many such failures for one address it is suppressed on the channel; left out for never. */
  readonly suppressAfter?: number;
}

/** A receipt whose signature has been verified. */
export interface Receipt {
  /** `tracking` is what our own links tell. */
  readonly provider: 'twilio' | 'email' | 'tracking';
  /** From the address that the receipt was sent to; null where that had none. */
  readonly attemptId: string | null;
  readonly providerMessageId: string;
  /** Null for a step on the way that changes nothing. */
  readonly status: DeliveryStatus | null;
  readonly failure: ReceiptFailure | null;
  /** Equal for the same receipt sent twice. */
  readonly dedupeKey: string;
  readonly raw: string;
}

/**
 * Keeps a receipt once, moves its attempt and message forward, and tells the message's workflow where that has to do
 * something about it: at once, and again later where Temporal was away, because providers do not repeat a receipt.
 * Receipts come late, twice, out of order, and before the call that they tell of has returned.
 */
export async function takeReceipt(context: ServiceContext, receipt: Receipt): Promise<void> {
  const attemptId = receipt.attemptId !== null && isUuid(receipt.attemptId) ? receipt.attemptId : null;
  const id = uuidv7();
  const { result, news } = await context.db.transaction().execute(async (db) => {
    const target = await lockReceiptTarget(db, { attemptId, providerMessageId: receipt.providerMessageId });
    // Nothing is kept of a person whose message has been deleted.
    if (target?.is_erased) return { result: 'unknown' as const, news: null };
    return await storeReceipt(context, db, { id, receipt, target });
  });
  context.telemetry.receiptTaken({ provider: receipt.provider, result });
  if (news !== null) await tellWorkflow(context, news);
}

async function storeReceipt(
  { sealer }: ServiceContext,
  db: Database,
  { id, receipt, target }: { id: string; receipt: Receipt; target: ReceiptTarget | undefined },
): Promise<{ result: 'applied' | 'duplicate' | 'unknown'; news: UnsignalledReceipt | null }> {
  const { provider, status, providerMessageId } = receipt;
  const errorCode = receipt.failure?.code ?? null;
  const isProgress =
    target !== undefined && status !== null && isDeliveryProgress(target.attempt_delivery_status, status);
  const isNews = isProgress && concernsWorkflow(target, status);
  const isNew = await insertReceipt(db, {
    ...{ id, provider, dedupe_key: receipt.dedupeKey, attempt_id: target?.attempt_id ?? null, status },
    ...{ provider_message_id: providerMessageId, raw_sealed: sealer.seal(receipt.raw, `receipts.raw:${id}`) },
    unsignalled_since: isNews ? new Date() : null,
  });
  if (!isNew) return { result: 'duplicate', news: null };
  if (target === undefined) return { result: 'unknown', news: null };
  if (!isProgress) return { result: 'applied', news: null };
  const { message_id, channel } = target;
  await applyReceipt(db, target, { status, providerMessageId });
  const detail = errorCode === null ? status : `${status} ${errorCode}`;
  await insertEvent(db, message_id, { type: 'receipt', channel, detail, actor: provider });
  return { result: 'applied', news: isNews ? { id, message_id, channel, status } : null };
}

/**
 * News for a workflow is what makes it do something else: a failure, an attempt that had been taken after all, or the
 * goal of a wait. It may come before the call that it tells of has been recorded, so a running call counts like a wait.
 */
function concernsWorkflow(target: ReceiptTarget, status: DeliveryStatus): boolean {
  if (isDeliveryFailure(status)) return true;
  if (target.status !== 'sent' && target.attempt_outcome === 'uncertain') return true;
  const isGoal = reachesGoal(status, target.until ?? 'delivered');
  if (target.status === 'failed') return isGoal;
  const isUnderWay = target.waiting_for !== null || target.calling_attempt_id !== null;
  const hasMoreToDo = target.status === 'sent' || target.until !== null;
  return isUnderWay && hasMoreToDo && isGoal;
}
