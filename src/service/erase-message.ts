import { insertAuditEntry } from '../db/audit-log.ts';
import { forgetResponses } from '../db/idempotency-keys.ts';
import { eraseMessage, lockMessage, requestCancel } from '../db/messages.ts';
import type { Caller, ServiceContext } from './context.ts';
import { endWorkflows } from './end-workflows.ts';
import { notFound } from './service-error.ts';

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
    await forgetResponses(db, locationsOf([row]));
    await insertAuditEntry(db, {
      ...{ actor: caller.actor, action: 'message.deleted', resourceType: 'message', resourceId: id },
      detail: { status: row.status },
    });
    return row.status === 'pending' || row.waiting_for !== null;
  });
  if (isRunning) await endWorkflows(context, caller, [id]);
}

/** Of the resources whose stored responses show these messages: the messages, and the batches that they came in. */
export function locationsOf(messages: readonly { readonly id: string; readonly batch_id: string | null }[]): string[] {
  const batchIds = new Set(messages.flatMap(({ batch_id }) => batch_id ?? []));
  return [
    ...messages.map(({ id }) => `/api/messages/${id}/`),
    ...[...batchIds].map((batchId) => `/api/batches/${batchId}/`),
  ];
}
