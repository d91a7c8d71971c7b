import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { MaintenanceActivities, ReconcileCursor } from '../activities/contract.ts';

/** Pages of one run; a longer look goes on in a new one, so that no history grows long. */
const PAGES_PER_RUN = 200;

const maintenance = proxyActivities<Pick<MaintenanceActivities, 'reconcile'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '5 seconds', maximumInterval: '1 minute', maximumAttempts: 5 },
});

/**
 * Looks once through all messages that have not ended, and heals what differs from their workflows. A run that follows
 * another one goes on where that one was.
 * @returns how many were healed
 */
export async function reconcile(begun = 0, from: ReconcileCursor = { source: 'rows', after: null }): Promise<number> {
  let healed = begun;
  let cursor = from;
  for (let page = 0; page < PAGES_PER_RUN; page += 1) {
    const result = await maintenance.reconcile(cursor);
    healed += result.healed;
    if (result.next === null) return healed;
    cursor = result.next;
  }
  return await continueAsNew<typeof reconcile>(healed, cursor);
}
