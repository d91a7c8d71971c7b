import type { Database } from '../db/database.ts';
import { findForDispatch } from '../db/dispatch.ts';
import type { Policy } from '../domain/policy.ts';
import { type Gateway, type MessageSignal, TemporalUnavailable } from '../temporal/gateway.ts';
import { notFound, ServiceError } from './service-error.ts';
import { workflowInput, workflowLabels } from './workflow-input.ts';

export interface SignalContext {
  readonly db: Database;
  readonly gateway: Gateway;
  readonly policy: Policy;
}

/**
 * Sends a signal to a message's workflow, waking it where it had ended.
 * @param context its `db` is a transaction, which keeps the message as it is until the signal has been sent
 */
export async function signal(context: SignalContext, id: string, message: MessageSignal): Promise<void> {
  const row = await findForDispatch(context.db, id);
  if (row === undefined) throw notFound('message');
  try {
    await context.gateway.signal(message, workflowInput(row, context.policy), workflowLabels(row));
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    throw new ServiceError('unavailable', 'temporal_unavailable', 'Temporal cannot be reached; try again in a moment.');
  }
}
