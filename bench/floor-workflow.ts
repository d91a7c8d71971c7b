import { proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';

/** What a life costs at least: two steps in the worker of the workflow and one, by way of a queue, in another. */
export interface FloorActivities {
  before(id: string): Promise<void>;
  call(id: string): Promise<void>;
  after(id: string): Promise<void>;
}

export const FLOOR_TASK_QUEUE = 'floor';
export const FLOOR_CALL_TASK_QUEUE = 'floor-call';

const local = proxyLocalActivities<FloorActivities>({ startToCloseTimeout: '20 seconds' });
const remote = proxyActivities<FloorActivities>({
  taskQueue: FLOOR_CALL_TASK_QUEUE,
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '15 seconds',
});

export async function floor(): Promise<void> {
  const { workflowId } = workflowInfo();
  await local.before(workflowId);
  await remote.call(workflowId);
  await local.after(workflowId);
}
