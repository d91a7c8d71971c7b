import {
  CancellationScope,
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/contract.ts';
import { type BulkActionProgress, isFinished } from '../domain/bulk-actions.ts';
import { type BulkActionInput, PROGRESS_QUERY, STOP_SIGNAL } from './contract.ts';

/** Steps of one run; a longer bulk action goes on in a new one, so that no history grows without end. */
const STEPS_PER_RUN = 100;

const steps = proxyActivities<Pick<MaintenanceActivities, 'runBulkAction' | 'stopBulkAction'>>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/**
 * An operator's action on many messages, step by step until none is left. It ends early where it is stopped: by the API,
 * which the next step reads from the database, by a signal, or by a request for cancellation in the Temporal UI.
 */
export async function bulkAction(input: BulkActionInput): Promise<BulkActionProgress> {
  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  setHandler(defineSignal(STOP_SIGNAL), stop);
  CancellationScope.current().cancelRequested.catch(stop);
  return await CancellationScope.nonCancellable(() => run(input, () => isStopped));
}

async function run(input: BulkActionInput, isStopped: () => boolean): Promise<BulkActionProgress> {
  let progress: BulkActionProgress | null = null;
  setHandler(defineQuery<BulkActionProgress | null>(PROGRESS_QUERY), () => progress);
  for (let step = 1; step <= STEPS_PER_RUN; step += 1) {
    progress = isStopped() ? await steps.stopBulkAction(input) : await steps.runBulkAction(input);
    setCurrentDetails(describeProgress(progress));
    if (isFinished(progress.status)) return progress;
  }
  return await continueAsNew<typeof bulkAction>(input);
}

/** What an operator sees at the top of the workflow's page in the Temporal UI, in Markdown: no personal data. */
function describeProgress({ status, matched, done, refused }: BulkActionProgress): string {
  const codes = Object.entries(refused).map(([code, count]) => `\`${code}\` ${count}`);
  const rows = [
    `**Status** ${status}`,
    `**Done** ${done} of ${matched}`,
    `**Refused** ${codes.join(', ') || 'none'}`,
    ...(isFinished(status) ? [] : ['**Signals that work now** `stop`']),
  ];
  return rows.join('  \n');
}
