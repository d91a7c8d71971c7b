import { proxyActivities } from '@temporalio/workflow';
import type { ChannelActivities } from '../../src/activities/contract.ts';

export const NOTICE_TASK_QUEUE = 'notices';

/** Puts many sends on a channel's queue at once, as so many messages would; each is named after its place. */
export async function notices(taskQueue: string, name: string, count: number): Promise<void> {
  const { send } = proxyActivities<ChannelActivities>({ taskQueue, startToCloseTimeout: '5 minutes' });
  await Promise.all(
    Array.from({ length: count }, (_, index) => send({ messageId: name, attemptId: `${name}-${index}` })),
  );
}
