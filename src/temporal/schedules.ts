import { Client, Connection, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { MAINTENANCE_TASK_QUEUE, SCHEDULED_WORKFLOWS } from '../workflows/contract.ts';
import { connectionOptions, type TemporalAddress } from './connect.ts';

type Scheduled = (typeof SCHEDULED_WORKFLOWS)[number];

interface Timing {
  /** Shown in the Temporal UI. */
  readonly note: string;
  readonly every: string;
}

const TIMINGS: Readonly<Record<Scheduled, Timing>> = {
  fetchBills: { note: 'Asks providers for the bills that are due', every: '1 minute' },
  refreshApprovals: { note: 'Asks WhatsApp for the approval of the templates in use', every: '5 minutes' },
  computeStatistics: { note: 'Computes the statistics of hours whose messages have changed', every: '5 minutes' },
  cleanUp: { note: 'Removes what has been kept for its time', every: '1 hour' },
  reconcile: { note: 'Compares messages with their workflows, and heals what differs', every: '5 minutes' },
};

/** A run that takes longer than its interval leaves the next one out; those missed while Temporal was away are not made up for. */
const POLICIES = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' } as const;

/**
 * Creates the schedules, or brings those that are there up to date; what an operator has paused stays paused.
 * @throws where Temporal cannot be reached
 */
export async function ensureSchedules(address: TemporalAddress): Promise<void> {
  const connection = await Connection.connect(connectionOptions(address));
  try {
    const { schedule } = new Client({ connection, namespace: address.namespace });
    for (const workflow of SCHEDULED_WORKFLOWS) {
      const { note, every } = TIMINGS[workflow];
      const options = {
        spec: { intervals: [{ every }] },
        action: {
          type: 'startWorkflow' as const,
          workflowType: workflow,
          workflowId: workflow,
          taskQueue: MAINTENANCE_TASK_QUEUE,
        },
        policies: POLICIES,
      };
      try {
        await schedule.create({ scheduleId: workflow, ...options, memo: { note } });
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        await schedule.getHandle(workflow).update(({ state }) => ({ ...options, state }));
      }
    }
  } finally {
    await connection.close();
  }
}
