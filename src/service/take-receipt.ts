import { v7 as uuidv7 } from 'uuid';
import { insertEvent } from '../db/message-events.ts';
import { applyReceipt, insertReceipt, lockReceiptTarget, type ReceiptTarget } from '../db/receipts.ts';
import { type DeliveryStatus, isDeliveryFailure, isDeliveryProgress } from '../domain/statuses.ts';
import type { ServiceContext } from './context.ts';
import { signal } from './operate-message.ts';

/** A receipt whose signature has been verified. */
export interface Receipt {
  readonly provider: 'twilio';
  /** From the address that the receipt was sent to; null where that had none. */
  readonly attemptId: string | null;
  readonly providerMessageId: string;
  /** Null for a step on the way that changes nothing. */
  readonly status: DeliveryStatus | null;
  readonly errorCode: string | null;
  /** Equal for the same receipt sent twice. */
  readonly dedupeKey: string;
  readonly raw: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Keeps a receipt once, moves its attempt and message forward, and wakes the message's workflow where that has to do
 * something about it. Receipts come late, twice, out of order, and before the call that they tell of has returned.
 * @throws {ServiceError} unavailable where the workflow cannot be told; the provider then sends the receipt again
 */
export async function takeReceipt(context: ServiceContext, receipt: Receipt): Promise<void> {
  const attemptId = receipt.attemptId !== null && UUID.test(receipt.attemptId) ? receipt.attemptId : null;
  const id = uuidv7();
  const result = await context.db.transaction().execute(async (db) => {
    const target = await lockReceiptTarget(db, { attemptId, providerMessageId: receipt.providerMessageId });
    const isNew = await insertReceipt(db, {
      ...{ id, provider: receipt.provider, dedupe_key: receipt.dedupeKey, attempt_id: target?.attempt_id ?? null },
      ...{ provider_message_id: receipt.providerMessageId, status: receipt.status },
      raw_sealed: context.sealer.seal(receipt.raw, `receipts.raw:${id}`),
    });
    if (!isNew) return 'duplicate';
    if (target === undefined) return 'unknown';
    if (receipt.status === null || !isDeliveryProgress(target.attempt_delivery_status, receipt.status))
      return 'applied';
    const { status, providerMessageId, errorCode } = receipt;
    await applyReceipt(db, target, { status, providerMessageId });
    const detail = errorCode === null ? status : `${status} ${errorCode}`;
    await insertEvent(db, target.message_id, {
      type: 'receipt',
      channel: target.channel,
      detail,
      actor: receipt.provider,
    });
    // Inside the transaction: where the workflow cannot be told, the receipt counts as not taken.
    if (concernsWorkflow(target, status)) {
      await signal(context, target.message_id, { name: 'receipt', argument: { status, channel: target.channel } });
    }
    return 'applied';
  });
  context.telemetry.receiptTaken({ provider: receipt.provider, result });
}

function concernsWorkflow(target: ReceiptTarget, status: DeliveryStatus): boolean {
  return isDeliveryFailure(status) || (target.status === 'sent' && target.waiting_for !== null);
}
