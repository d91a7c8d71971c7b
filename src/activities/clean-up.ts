import {
  listRetentions,
  lockExpiredMessages,
  removeBulkActions,
  removeDailyCosts,
  removeEmptyBatches,
  removeErasedRecipients,
  removeIdempotencyKeys,
  removeInboundMessages,
  removeMessages,
  removeReceipts,
} from '../db/clean-up.ts';
import { keepStatisticsOf } from '../db/statistics-hours.ts';
import { DEFAULT_RETENTION, MIN_RETENTION_DAYS, type Removable, retentionDays } from '../domain/retention.ts';
import type { CleanUpInput, CleanUpResult } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Rows of one transaction: few enough that nobody waits for it. A message takes its attempts and events along. */
const MESSAGES_PER_BATCH = 200;
const ROWS_PER_BATCH = 500;
/** A call begins no batch after this time, so that a worker that ends is not kept. */
const CALL_MS = 5_000;

/** The API promises a day. */
const IDEMPOTENCY_DAYS = 1;
/** Limits look at the present day only; what is older is of interest to people. */
const DAILY_COST_DAYS = 400;

/**
 * Removes what has been kept for its time, batch by batch.
 * @returns how many rows were removed, and whether nothing is left that is due
 */
export async function cleanUp(dependencies: ActivityDependencies, { what }: CleanUpInput): Promise<CleanUpResult> {
  const end = performance.now() + CALL_MS;
  let removed = 0;
  let last: number;
  do {
    last = await removeBatch(dependencies, what);
    removed += last;
  } while (last > 0 && performance.now() < end);
  dependencies.telemetry.cleanedUp({ what, removed });
  return { removed, isDone: last === 0 };
}

async function removeBatch({ db, retention }: ActivityDependencies, what: Removable): Promise<number> {
  switch (what) {
    case 'messages':
      return await removeExpiredMessages({ db, retention });
    case 'receipts':
      return await removeReceipts(db, retention.receipts, ROWS_PER_BATCH);
    case 'inbound_messages':
      return await removeInboundMessages(db, retention.inbound, ROWS_PER_BATCH);
    case 'idempotency_keys':
      return await removeIdempotencyKeys(db, IDEMPOTENCY_DAYS, ROWS_PER_BATCH);
    case 'batches':
      return await removeEmptyBatches(db, MIN_RETENTION_DAYS, ROWS_PER_BATCH);
    case 'bulk_actions':
      return await removeBulkActions(db, retentionDays(retention.messages, DEFAULT_RETENTION), 1);
    case 'recipients':
      return await removeErasedRecipients(db, ROWS_PER_BATCH);
    case 'daily_costs':
      return await removeDailyCosts(db, DAILY_COST_DAYS, ROWS_PER_BATCH);
    default:
      return what satisfies never;
  }
}

async function removeExpiredMessages({ db, retention }: Pick<ActivityDependencies, 'db' | 'retention'>) {
  for (const name of await listRetentions(db)) {
    const due = { retention: name, days: retentionDays(retention.messages, name) };
    const removed = await db.transaction().execute(async (trx) => {
      const ids = await lockExpiredMessages(trx, due, MESSAGES_PER_BATCH);
      if (ids.length === 0) return 0;
      await keepStatisticsOf(trx, ids);
      await removeMessages(trx, ids);
      return ids.length;
    });
    if (removed > 0) return removed;
  }
  return 0;
}
