import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MaintenanceActivities } from '../../src/activities/contract.ts';
import { REMOVABLES, type Removable } from '../../src/domain/retention.ts';
import { MAINTENANCE_TASK_QUEUE } from '../../src/workflows/contract.ts';
import { idleMaintenance } from '../support/idle-maintenance.ts';
import { bundledWorkflows, startTimeSkipping } from '../support/temporal.ts';

let environment: TestWorkflowEnvironment;
/** How many rows are left of each kind, of which a call removes up to ten. */
let left: Map<Removable, number>;
let calls: Removable[];

beforeAll(async () => {
  environment = await startTimeSkipping();
});
afterAll(() => environment.teardown());

const cleanUp: MaintenanceActivities['cleanUp'] = async ({ what }) => {
  calls.push(what);
  const removed = Math.min(10, left.get(what) ?? 0);
  left.set(what, (left.get(what) ?? 0) - removed);
  return { removed, isDone: (left.get(what) ?? 0) === 0 };
};

async function run(workflowId: string, rows: Partial<Record<Removable, number>>): Promise<unknown> {
  left = new Map(Object.entries(rows) as [Removable, number][]);
  calls = [];
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: MAINTENANCE_TASK_QUEUE,
    workflowBundle: await bundledWorkflows(),
    activities: { ...idleMaintenance, cleanUp },
  });
  const options = { workflowId, taskQueue: MAINTENANCE_TASK_QUEUE, args: [] };
  return await worker.runUntil(environment.client.workflow.execute('cleanUp', options));
}

test('each kind is cleaned up until nothing is due, in order', async () => {
  await run('in-order', { messages: 25, recipients: 5 });
  const [first, ...others] = REMOVABLES;
  expect(calls).toEqual([first, first, first, ...others]);
});

test('what was removed is told of each kind', async () => {
  expect(await run('told', { messages: 25, recipients: 5 })).toMatchObject({
    messages: 25,
    receipts: 0,
    recipients: 5,
  });
});

test('a long clean-up goes on in another run, where it was, and tells of all of it', async () => {
  expect(await run('long', { messages: 20, receipts: 3000 })).toMatchObject({ messages: 20, receipts: 3000 });
  expect(calls.filter((what) => what === 'messages')).toHaveLength(2);
  const history = await environment.client.workflow.getHandle('long').fetchHistory();
  expect(history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).not.toBe('');
});
