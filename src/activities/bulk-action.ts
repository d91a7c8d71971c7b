import { heartbeat } from '@temporalio/activity';
import type { BulkActionProgress } from '../domain/bulk-actions.ts';
import type { BulkActionStepInput } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { whileBeating } from './heartbeats.ts';

/** Does the next messages of a bulk action; how many of them is what its heartbeats tell. */
export async function runBulkAction(
  { bulkActions }: ActivityDependencies,
  { bulkActionId }: BulkActionStepInput,
): Promise<BulkActionProgress> {
  let tried = 0;
  const step = () =>
    bulkActions.step(bulkActionId, () => {
      tried += 1;
      heartbeat({ tried });
    });
  return await whileBeating(step, () => ({ tried }));
}

/** Ends a bulk action that has been stopped in Temporal. */
export async function stopBulkAction(
  { bulkActions }: ActivityDependencies,
  { bulkActionId }: BulkActionStepInput,
): Promise<BulkActionProgress> {
  return await bulkActions.stop(bulkActionId);
}
