import { insertAuditEntry } from '../db/audit-log.ts';
import { type BatchRow, cancelPending, countByStatus, findBatch, listBatches, lockBatch } from '../db/batches.ts';
import { DELIVERY_STATUSES, type DeliveryStatus, MESSAGE_STATUSES, type MessageStatus } from '../domain/statuses.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { notFound, ServiceError } from './service-error.ts';

/** How many messages of a batch are pending, sent or failed; of those failed, cancelled; and by delivery status. */
export type BatchCounts = Readonly<Record<MessageStatus | DeliveryStatus | 'cancelled', number>>;

export type BatchView = BatchRow;

export interface BatchDetail extends BatchView {
  readonly counts: BatchCounts;
}

export interface CancelledBatch {
  readonly id: string;
  /** How many messages were pending. */
  readonly messages: number;
}

/** @throws {ServiceError} not_found */
export async function getBatch({ db }: Pick<ServiceContext, 'db'>, id: string): Promise<BatchDetail> {
  const row = await findBatch(db, id);
  if (row === undefined) throw notFound('batch');
  const words = [...MESSAGE_STATUSES, 'cancelled', ...DELIVERY_STATUSES] as const;
  const counts = Object.fromEntries(words.map((word) => [word, 0])) as Record<(typeof words)[number], number>;
  for (const { status, delivery_status, is_cancelled, count } of await countByStatus(db, id)) {
    counts[status] += count;
    if (is_cancelled) counts.cancelled += count;
    if (delivery_status !== null) counts[delivery_status] += count;
  }
  return { ...row, counts };
}

/**
 * The newest first.
 * @throws {ServiceError} invalid, where the cursor is not one of this list
 */
export async function findBatches(
  { db }: Pick<ServiceContext, 'db'>,
  request: PageRequest,
): Promise<PageResult<BatchRow>> {
  return await readPage(request, (page) => listBatches(db, page));
}

/**
 * Cancels what is pending of a batch: when this returns, no provider call begins for it any more. The workflows are
 * told after; where Temporal is away, later.
 * @throws {ServiceError} not_found; conflict where nothing is pending
 */
export async function cancelBatch(
  { db, dispatcher }: Pick<ServiceContext, 'db' | 'dispatcher'>,
  { actor }: Caller,
  id: string,
  beforeCommit?: BeforeCommit<CancelledBatch>,
): Promise<CancelledBatch> {
  const messageIds = await db.transaction().execute(async (trx) => {
    if ((await lockBatch(trx, id)) === undefined) throw notFound('batch');
    const pending = await cancelPending(trx, id, actor);
    if (pending.length === 0) {
      throw new ServiceError('conflict', 'nothing_pending', 'No message of this batch is pending any more.');
    }
    const detail = { messages: pending.length };
    await insertAuditEntry(trx, { actor, action: 'batch.cancel', resourceType: 'batch', resourceId: id, detail });
    await beforeCommit?.(trx, { id, messages: pending.length });
    return pending;
  });
  dispatcher.tellCancelled(messageIds);
  return { id, messages: messageIds.length };
}
