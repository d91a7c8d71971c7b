import { insertAuditEntry } from '../db/audit-log.ts';
import { findForDispatch } from '../db/dispatch.ts';
import { forgetResponses } from '../db/idempotency-keys.ts';
import { eraseMessage, lockMessage, requestCancel } from '../db/messages.ts';
import { TemporalUnavailable } from '../temporal/gateway.ts';
import type { Caller, ServiceContext } from './context.ts';
import { notFound } from './service-error.ts';
import { workflowInput, workflowLabels } from './workflow-input.ts';

/**
 * Deletes a message's content and addresses for good; one that is still pending is cancelled first.
 * @throws {ServiceError} not_found
 */
export async function eraseMessageById(context: ServiceContext, caller: Caller, id: string): Promise<void> {
  const isRunning = await context.db.transaction().execute(async (db) => {
    const row = await lockMessage(db, id);
    if (row === undefined) throw notFound('message');
    if (row.status === 'pending') await requestCancel(db, id);
    await eraseMessage(db, id);
    await forgetResponses(db, `/api/messages/${id}/`);
    await insertAuditEntry(db, {
      ...{ actor: caller.actor, action: 'message.deleted', resourceType: 'message', resourceId: id },
      detail: { status: row.status },
    });
    return row.status === 'pending' || row.waiting_for !== null;
  });
  if (isRunning) await endWorkflow(context, caller, id);
}

/** The workflow would stop at its next step anyway; the signal only spares it the wait. */
async function endWorkflow(context: ServiceContext, { actor }: Caller, id: string): Promise<void> {
  const row = await findForDispatch(context.db, id);
  if (row === undefined) return;
  try {
    const input = workflowInput(row, context.policy);
    await context.gateway.signal({ name: 'cancel', argument: { actor } }, input, workflowLabels(row));
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    context.telemetry.dispatchFailed({ messageId: id, error });
  }
}
