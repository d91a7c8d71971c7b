import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { CHANNEL_WORKER, WORKFLOW_WORKER } from '../src/temporal/worker.ts';
import { FLOOR_CALL_TASK_QUEUE, FLOOR_TASK_QUEUE, type FloorActivities } from './floor-workflow.ts';

/*
 * A process of floor.ts: works on the floor's workflows with the settings of the service's own workers and tells its
 * parent when each step was taken. Ends with its parent.
 */

/** What the parent is told; `at` is in milliseconds since the epoch. */
export type FloorReport = { type: 'ready' } | { type: 'called' | 'done'; id: string; at: number };

const [address = '', concurrency = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const connection = await NativeConnection.connect({ address });
const activities: FloorActivities = {
  before: async () => undefined,
  call: async (id) => tell({ type: 'called', id, at: Date.now() }),
  after: async (id) => tell({ type: 'done', id, at: Date.now() }),
};
const { before, call, after } = activities;
const workers = [
  await Worker.create({
    ...WORKFLOW_WORKER,
    connection,
    taskQueue: FLOOR_TASK_QUEUE,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('floor-workflow.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    }),
    activities: { before, after },
  }),
  await Worker.create({
    ...CHANNEL_WORKER,
    connection,
    taskQueue: FLOOR_CALL_TASK_QUEUE,
    activities: { call },
    maxConcurrentActivityTaskExecutions: Number(concurrency),
  }),
];
process.once('disconnect', () => {
  for (const worker of workers) worker.shutdown();
});
tell({ type: 'ready' });
await Promise.all(workers.map((worker) => worker.run()));
await connection.close();

function tell(report: FloorReport): void {
  process.send?.(report);
}
