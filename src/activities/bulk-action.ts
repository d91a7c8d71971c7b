import { heartbeat } from '@temporalio/activity';
import type { BulkActionProgress } from '../domain/bulk-actions.ts';
import type { BulkActionStepInput } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** How often a running step tells Temporal that its worker is alive, in milliseconds. */
const HEARTBEAT_MS = 4_000;

/** Does the next messages of a bulk action; how many of them is what its heartbeats tell. */
export async function runBulkAction(
  { bulkActions }: ActivityDependencies,
  { bulkActionId }: BulkActionStepInput,
): Promise<BulkActionProgress> {
  let tried = 0;
  const timer = setInterval(() => heartbeat({ tried }), HEARTBEAT_MS);
  try {
    return await bulkActions.step(bulkActionId, () => {
      tried += 1;
      heartbeat({ tried });
    });
  } finally {
    clearInterval(timer);
  }
}

/** Ends a bulk action that has been stopped in Temporal. */
export async function stopBulkAction(
  { bulkActions }: ActivityDependencies,
  { bulkActionId }: BulkActionStepInput,
): Promise<BulkActionProgress> {
  return await bulkActions.stop(bulkActionId);
}
