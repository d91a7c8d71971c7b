import type { Database } from '../db/database.ts';
import { findForDispatch } from '../db/dispatch.ts';
import type { PolicyRules } from '../domain/policy.ts';
import { type Gateway, type MessageSignal, TemporalUnavailable } from '../temporal/gateway.ts';
import { notFound, ServiceError } from './service-error.ts';
import { workflowInput, workflowLabels } from './workflow-input.ts';

export interface SignalContext {
  readonly db: Database;
  readonly gateway: Gateway;
  readonly policy: PolicyRules;
}

/**
 * Runs a transaction that signals a workflow before it ends. Such a transaction holds a database connection for as long
 * as Temporal takes to answer, so only a few run at a time.
 * @throws {ServiceError} unavailable, where there is no turn to be had because Temporal does not answer
 */
export async function signalling<Result>(
  { db, gateway }: SignalContext,
  run: (db: Database) => Promise<Result>,
): Promise<Result> {
  try {
    return await gateway.inTurn(() => db.transaction().execute(run));
  } catch (error) {
    throw asServiceError(error);
  }
}

/**
 * Sends a signal to a message's workflow, waking it where it had ended.
 * @param context its `db` is the transaction of `signalling`, which keeps the message as it is until the signal has
 * been sent
 * @throws {ServiceError} not_found; unavailable where Temporal cannot be reached
 */
export async function signal(context: SignalContext, id: string, message: MessageSignal): Promise<void> {
  const row = await findForDispatch(context.db, id);
  if (row === undefined) throw notFound('message');
  try {
    await context.gateway.signal(message, workflowInput(row, context.policy), workflowLabels(row));
  } catch (error) {
    throw asServiceError(error);
  }
}

function asServiceError(error: unknown): unknown {
  if (!(error instanceof TemporalUnavailable)) return error;
  return new ServiceError('unavailable', 'temporal_unavailable', 'Temporal cannot be reached; try again in a moment.');
}
