import { continueAsNew, proxyActivities, sleep } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/contract.ts';
import { REMOVABLES, type Removable } from '../domain/retention.ts';

/** Between two calls, so that the database does other work, and autovacuum takes back the room. */
const PAUSE = '2 seconds';
/** Calls of one run; a longer clean-up goes on in a new one, so that no history grows long. */
const CALLS_PER_RUN = 200;

const maintenance = proxyActivities<Pick<MaintenanceActivities, 'cleanUp'>>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
});

/** How many rows have been removed of each kind. */
export type Removed = Readonly<Partial<Record<Removable, number>>>;

/** Removes what has been kept for its time. A run that follows another one goes on where that one was. */
export async function cleanUp(begun: Removed = {}, from: Removable = REMOVABLES[0]): Promise<Removed> {
  const total: Partial<Record<Removable, number>> = { ...begun };
  let calls = 0;
  for (const what of REMOVABLES.slice(REMOVABLES.indexOf(from))) {
    for (;;) {
      if (calls === CALLS_PER_RUN) return await continueAsNew<typeof cleanUp>(total, what);
      const { removed, isDone } = await maintenance.cleanUp({ what });
      calls += 1;
      total[what] = (total[what] ?? 0) + removed;
      if (isDone) break;
      await sleep(PAUSE);
    }
  }
  return total;
}
