import { insertAuditEntry } from '../db/audit-log.ts';
import {
  type BulkActionRow,
  findBulkAction,
  finishBulkAction,
  isRunning,
  listOpenTargets,
  markBulkActionStarted,
  refuseTarget,
  requestStop,
  takeTarget,
} from '../db/bulk-actions.ts';
import type { Database } from '../db/database.ts';
import { hasEventBy } from '../db/message-events.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import { type BulkActionProgress, isFinished } from '../domain/bulk-actions.ts';
import type { Channel } from '../domain/channels.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { stopEntry } from './bulk-actions.ts';
import type { Caller } from './context.ts';
import { databaseOutage } from './database-outage.ts';
import { auditAction, type MessageAction, type OperateContext, operateWithin } from './operate-message.ts';
import { ServiceError } from './service-error.ts';
import { signalling } from './signal-message.ts';

/** Messages of one step: enough that steps cost little, few enough that one is over soon. */
const MESSAGES_PER_STEP = 50;
/** Done at the same time; each holds a database connection. */
const AT_ONCE = 4;
/** A step begins no message after this time, in milliseconds; the next one goes on. */
const STEP_MS = 10_000;

export type BulkContext = OperateContext & { readonly telemetry: Telemetry };

/**
 * Does the next messages of a bulk action, or ends it where none are left or it was asked to stop. Can be repeated at any
 * moment: a message leaves the list in the transaction that does it.
 * @param onProgress called after each message
 * @throws {ServiceError} unavailable, where Temporal cannot be reached
 */
export async function runBulkActionStep(
  context: BulkContext,
  id: string,
  onProgress: () => void,
): Promise<BulkActionProgress> {
  const row = await findBulkAction(context.db, id);
  if (row === undefined || isFinished(row.status)) return progressOf(row);
  await markBulkActionStarted(context.db, id);
  const messageIds = row.status === 'running' ? await listOpenTargets(context.db, id, MESSAGES_PER_STEP) : [];
  if (messageIds.length === 0) return await finish(context, row);
  await doMessages(context, row, messageIds, onProgress);
  return progressOf(await findBulkAction(context.db, id));
}

/** Ends a bulk action that has been stopped in Temporal; whoever did that is not known there. */
export async function stopBulkActionByHand(context: BulkContext, id: string): Promise<BulkActionProgress> {
  await context.db.transaction().execute(async (db) => {
    if (await requestStop(db, id)) await insertAuditEntry(db, stopEntry('temporal-ui', id));
  });
  const row = await findBulkAction(context.db, id);
  return row === undefined ? progressOf(row) : await finish(context, row);
}

async function finish({ db, telemetry }: BulkContext, { id, action }: BulkActionRow): Promise<BulkActionProgress> {
  const hasFinished = await db.transaction().execute((trx) => finishBulkAction(trx, id));
  const progress = progressOf(await findBulkAction(db, id));
  if (hasFinished) telemetry.bulkActionFinished({ bulkActionId: id, action, ...progress });
  return progress;
}

async function doMessages(
  context: BulkContext,
  row: BulkActionRow,
  messageIds: readonly string[],
  onProgress: () => void,
): Promise<void> {
  const action = actionOf(context.sealer, row);
  const end = performance.now() + STEP_MS;
  const waiting = [...messageIds];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (performance.now() > end || !(await isRunning(context.db, row.id))) return;
      await doMessage(context, row, next, action);
      onProgress();
    }
  };
  const giveUp = (error: unknown) => {
    waiting.length = 0;
    throw error;
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => work().catch(giveUp)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function doMessage(
  context: BulkContext,
  row: BulkActionRow,
  messageId: string,
  action: MessageAction,
): Promise<void> {
  const caller = { apiKeyId: null, actor: `${row.actor} via bulk-action:${row.id}`, scopes: [] };
  try {
    await signalling(context, async (db) => {
      if (await takeTarget(db, row.id, messageId)) await operateWithin({ ...context, db }, caller, messageId, action);
    });
  } catch (error) {
    const code = refusalCode(context.telemetry, messageId, error);
    const isDone = await context.db.transaction().execute((db) => keepEarlier(db, { row, messageId, caller, action }));
    if (!isDone) await refuseTarget(context.db, row.id, messageId, code);
  }
}

interface Target {
  readonly row: BulkActionRow;
  readonly messageId: string;
  readonly caller: Caller;
  readonly action: MessageAction;
}

/**
 * A worker that died may have told the workflow without having kept that it did; then the message itself says who acted.
 * @returns whether that is so
 */
async function keepEarlier(db: Database, { row, messageId, caller, action }: Target): Promise<boolean> {
  if (!(await hasEventBy(db, messageId, caller.actor))) return false;
  if (await takeTarget(db, row.id, messageId)) await auditAction(db, caller, messageId, action);
  return true;
}

/**
 * Why one message was not done. What nobody expected concerns this message only, and must not keep the others waiting.
 * @throws the error itself where it would be the same for every message
 */
function refusalCode(telemetry: Telemetry, messageId: string, error: unknown): string {
  if (databaseOutage(error) !== null) throw error;
  if (error instanceof ServiceError) {
    if (error.kind === 'unavailable') throw error;
    return error.faults[0]?.code ?? error.code;
  }
  telemetry.stepFailed({ step: 'bulk_action_message', messageId, error });
  return 'internal_error';
}

function actionOf(sealer: OperateContext['sealer'], row: BulkActionRow): MessageAction {
  switch (row.action) {
    case 'retry':
    case 'cancel':
      return { type: row.action };
    case 'switch_channel':
      return { type: 'switch_channel', channel: row.channel as Channel };
    case 'resolve':
      return {
        type: 'resolve',
        note: sealer.open<string>(row.note_sealed as Buffer, sealedPlaces.bulkActionNote(row.id)),
      };
  }
}

/** One that is not there any more has nothing left to do. */
function progressOf(row: BulkActionRow | undefined): BulkActionProgress {
  if (row === undefined) return { status: 'stopped', matched: 0, done: 0, refused: {} };
  const { status, matched, done, refused } = row;
  return { status, matched, done, refused };
}
