import { v7 as uuidv7 } from 'uuid';
import { keepAddressFailure, tellsOfAddress } from '../db/address-failures.ts';
import { addressHash } from '../db/address-hash.ts';
import type { Database } from '../db/database.ts';
import { insertEvent, insertEventOnce } from '../db/message-events.ts';
import {
  applyReceipt,
  insertReceipt,
  lockReceiptTarget,
  type ReceiptTarget,
  type UnsignalledReceipt,
} from '../db/receipts.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import { type Failure, WINDOW_CLOSED } from '../domain/failures.ts';
import { type DeliveryStatus, isDeliveryFailure, isDeliveryProgress, reachesGoal } from '../domain/statuses.ts';
import { isUuid } from '../domain/uuid.ts';
import { callsForTemplate } from '../domain/whatsapp-window.ts';
import type { ServiceContext } from './context.ts';
import { tellWorkflow } from './receipt-signal.ts';

/** Why a provider says that it could not deliver what it had taken. */
export interface ReceiptFailure extends Failure {
  readonly sentence: string;
  /** After how many such failures for one address it is suppressed on the channel; left out for never. */
  readonly suppressAfter?: number;
  /** False for a code of the provider that stands in no table of ours. */
  readonly isKnown?: boolean;
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
  /** What the timeline says of a step on the way, once for each attempt; left out for nothing. */
  readonly onTheWay?: { readonly type: 'delayed' | 'relayed'; readonly code: string };
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
  const { telemetry } = context;
  const attemptId = receipt.attemptId !== null && isUuid(receipt.attemptId) ? receipt.attemptId : null;
  const id = uuidv7();
  const { result, news, target } = await context.db.transaction().execute(async (db) => {
    const found = await lockReceiptTarget(db, { attemptId, providerMessageId: receipt.providerMessageId });
    // Nothing is kept of a person whose message has been deleted.
    if (found?.is_erased) return { result: 'unknown' as const, news: null, target: undefined };
    return { ...(await storeReceipt(context, db, { id, receipt, target: found })), target: found };
  });
  telemetry.receiptTaken({ provider: receipt.provider, result });
  const { failure } = receipt;
  if (target !== undefined && result !== 'duplicate') {
    const { channel, message_id: messageId } = target;
    if (failure?.isKnown === false) telemetry.unknownCode({ channel, code: failure.code });
    if (isDouble(target, receipt)) telemetry.doubleSend({ messageId, attemptId: target.attempt_id, channel });
  }
  if (news !== null) await tellWorkflow(context, news);
}

async function storeReceipt(
  context: ServiceContext,
  db: Database,
  { id, receipt, target }: { id: string; receipt: Receipt; target: ReceiptTarget | undefined },
): Promise<{ result: 'applied' | 'duplicate' | 'unknown'; news: UnsignalledReceipt | null }> {
  const { sealer } = context;
  const { provider, status, providerMessageId } = receipt;
  const failure = meantFailure(context, receipt.failure, target);
  const isProgress =
    target !== undefined && status !== null && isDeliveryProgress(target.attempt_delivery_status, status);
  const isNews = isProgress && concernsWorkflow(target, status);
  const reason = {
    ...{ error_code: failure?.code ?? null, error_kind: failure?.kind ?? null },
    ...{ retry_after_seconds: failure?.retryAfterSeconds ?? null, repeats: failure?.repeats ?? null },
  };
  const isNew = await insertReceipt(db, {
    ...{ id, provider, dedupe_key: receipt.dedupeKey, attempt_id: target?.attempt_id ?? null, status, ...reason },
    ...{ provider_message_id: providerMessageId, raw_sealed: sealer.seal(receipt.raw, sealedPlaces.receiptRaw(id)) },
    unsignalled_since: isNews ? new Date() : null,
  });
  if (!isNew) return { result: 'duplicate', news: null };
  if (target === undefined) return { result: 'unknown', news: null };
  const { message_id, channel } = target;
  if (isDouble(target, receipt)) {
    await insertEvent(db, message_id, { type: 'double_send', channel, detail: providerMessageId, actor: provider });
  }
  await noteStep(db, target, receipt);
  if (!isProgress) return { result: 'applied', news: null };
  await applyReceipt(db, target, { status, providerMessageId, failure });
  if (failure !== null) await drawConsequences(context, db, target, { failure, actor: provider });
  const detail = failure === null ? status : `${status} ${failure.code}`;
  await insertEvent(db, message_id, { type: 'receipt', channel, detail, actor: provider });
  return { result: 'applied', news: isNews ? { id, message_id, channel, status, ...reason } : null };
}

/** What a failure means for what the attempt carried. */
function meantFailure(
  { sealer }: ServiceContext,
  failure: ReceiptFailure | null,
  target: ReceiptTarget | undefined,
): ReceiptFailure | null {
  const sealed = target?.outgoing_sealed ?? null;
  if (failure?.code !== WINDOW_CLOSED || target === undefined || sealed === null) return failure;
  const place = sealedPlaces.attemptOutgoing(target.attempt_id);
  const { content = {} } = sealer.open<{ content?: { hasTemplate?: true } }>(sealed, place);
  return callsForTemplate(failure.code, content) ? { ...failure, kind: 'transient' } : failure;
}

/** However often it is reported. */
async function noteStep(db: Database, target: ReceiptTarget, { provider: actor, onTheWay }: Receipt): Promise<void> {
  if (onTheWay === undefined) return;
  const { type, code: detail } = onTheWay;
  const { attempt_id, message_id, channel } = target;
  await insertEventOnce(db, message_id, { type, channel, detail, actor }, `${type}:${attempt_id}`);
}

/** Keeps what a failure tells of the address that the attempt was for. */
async function drawConsequences(
  { sealer, rules }: ServiceContext,
  db: Database,
  { attempt_id: attemptId, channel, outgoing_sealed }: ReceiptTarget,
  { failure, actor }: { failure: ReceiptFailure; actor: string },
): Promise<void> {
  const told = { code: failure.code, suppressAfter: failure.suppressAfter ?? null };
  if (outgoing_sealed === null || !tellsOfAddress(told)) return;
  const { to } = sealer.open<{ to: string }>(outgoing_sealed, sealedPlaces.attemptOutgoing(attemptId));
  const about = { attemptId, channel, addressHash: addressHash(sealer, channel, to), actor };
  await keepAddressFailure(db, { ...told, ...about, whatsappSender: rules.whatsapp.sender });
}

/** The provider had told of another message for the attempt: it has been handed over twice. */
function isDouble({ channel, provider_message_id }: ReceiptTarget, receipt: Receipt): boolean {
  const isOfProvider = receipt.provider === 'twilio' && channel !== 'email';
  return isOfProvider && provider_message_id !== null && provider_message_id !== receipt.providerMessageId;
}

/**
 * News for a workflow is what makes it do something else: a failure, unless another attempt has arrived or may do so on
 * the same channel; an attempt that had been taken after all; or the goal of a wait. It may come before the call that it
 * tells of has been recorded, so a running call counts like a wait.
 */
function concernsWorkflow(target: ReceiptTarget, status: DeliveryStatus): boolean {
  const goal = target.until ?? 'delivered';
  if (isDeliveryFailure(status)) {
    return !(target.is_superseded || target.other_statuses.some((other) => reachesGoal(other, goal)));
  }
  if (target.status !== 'sent' && target.attempt_outcome === 'uncertain') return true;
  // A complaint ends an alert: nothing more is sent, and an operator looks after it.
  const isGoal = reachesGoal(status, goal) || (status === 'complained' && target.waiting_for !== 'operator');
  // No receipt says that somebody has acknowledged, but it may say that an attempt counted as failed has arrived.
  if (target.status === 'failed') return reachesGoal(status, goal === 'acknowledged' ? 'delivered' : goal);
  const isUnderWay = target.waiting_for !== null || target.calling_attempt_id !== null;
  const hasMoreToDo = target.status === 'sent' || target.until !== null;
  return isUnderWay && hasMoreToDo && isGoal;
}
