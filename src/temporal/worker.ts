import { fileURLToPath } from 'node:url';
import { IllegalStateError } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { ChannelActivities, LocalActivities } from '../activities/contract.ts';
import { CHANNELS, type Channel } from '../domain/channels.ts';
import { channelTaskQueue, MESSAGES_TASK_QUEUE } from '../workflows/contract.ts';
import { connectionOptions, type TemporalAddress } from './connect.ts';

const WORKFLOWS = fileURLToPath(new URL('../workflows/deliver-message.ts', import.meta.url));

/** Workflow tasks that one worker works on at a time. */
const MAX_WORKFLOW_TASKS = 40;

export interface WorkerOptions {
  readonly temporal: TemporalAddress;
  readonly activities: LocalActivities & ChannelActivities;
  /** Calls in flight per channel. */
  readonly concurrency: Readonly<Record<Channel, number>>;
  /** Takes what the SDK has to say. */
  readonly log: (level: 'warn' | 'error', message: string) => void;
  /** Made ahead where the same workflows are run by many workers. */
  readonly workflowBundle?: WorkflowBundle;
}

export interface MessageWorkers {
  /** Settles when all workers have stopped; rejects when one of them failed. */
  run(): Promise<void>;
  /** Lets running calls finish, then stops. */
  shutdown(): void;
}

/** Bundles the workflows for the sandbox that replays them. */
export async function bundleWorkflows(): Promise<WorkflowBundle> {
  return await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: new DefaultLogger('WARN') });
}

/**
 * One worker for the workflows with their local activities, and one for each channel's task queue.
 * @throws where Temporal cannot be reached
 */
export async function createWorkers(options: WorkerOptions): Promise<MessageWorkers> {
  prepareRuntime();
  const connection = await NativeConnection.connect(connectionOptions(options.temporal));
  const { namespace } = options.temporal;
  const { render, record, send } = options.activities;
  const shared = { connection, namespace, shutdownGraceTime: '20 seconds' } as const;
  const workers = [
    await Worker.create({
      ...shared,
      taskQueue: MESSAGES_TASK_QUEUE,
      workflowBundle: options.workflowBundle ?? (await bundleWorkflows()),
      activities: { render, record },
      maxConcurrentWorkflowTaskExecutions: MAX_WORKFLOW_TASKS,
    }),
  ];
  for (const channel of CHANNELS) {
    workers.push(
      await Worker.create({
        ...shared,
        taskQueue: channelTaskQueue(channel),
        activities: { send },
        maxConcurrentActivityTaskExecutions: options.concurrency[channel],
      }),
    );
  }
  return {
    async run() {
      try {
        await Promise.all(workers.map((worker) => worker.run()));
      } finally {
        await connection.close();
      }
    },
    shutdown() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}

/** A process has one runtime; where something else has made it before, as a test server does, that one is used. */
function prepareRuntime(): void {
  try {
    Runtime.install({ logger: sdkLogger(options.log), shutdownSignals: [] });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

/** The SDK's warnings, but for the one about a worker without workflows: a channel's worker has none on purpose. */
function sdkLogger(log: WorkerOptions['log']): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message }) => {
    if (!message.startsWith('No workflows registered')) log(level === 'WARN' ? 'warn' : 'error', message);
  });
}
