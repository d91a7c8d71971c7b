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
import type { ChannelActivities, LocalActivities, MaintenanceActivities } from '../activities/contract.ts';
import { CHANNELS, type Channel } from '../domain/channels.ts';
import { DEFAULT_SENDER } from '../domain/sending-rules.ts';
import { channelTaskQueue, MAINTENANCE_TASK_QUEUE, MESSAGES_TASK_QUEUE } from '../workflows/contract.ts';
import { connectionOptions, type TemporalAddress } from './connect.ts';
import { versionOptions } from './versioning.ts';

const WORKFLOWS = fileURLToPath(new URL('../workflows/registry.ts', import.meta.url));

const EVERY_WORKER = { shutdownGraceTime: '20 seconds' } as const;

/** The settings of the worker that runs the workflows and their local activities. */
export const WORKFLOW_WORKER = { ...EVERY_WORKER, maxConcurrentWorkflowTaskExecutions: 40 } as const;

/** The settings of the worker that runs what is done on a schedule. */
const MAINTENANCE_WORKER = {
  ...EVERY_WORKER,
  maxCachedWorkflows: 10,
  maxConcurrentWorkflowTaskExecutions: 2,
  maxConcurrentActivityTaskExecutions: 2,
} as const;

/** The settings of a channel's worker. */
export const CHANNEL_WORKER = EVERY_WORKER;

export interface WorkerOptions {
  readonly temporal: TemporalAddress;
  readonly activities: LocalActivities & ChannelActivities & MaintenanceActivities;
  /** Calls in flight per channel. */
  readonly concurrency: Readonly<Record<Channel, number>>;
  /** Keys of the senders that a channel has beside its default one. */
  readonly senders?: Partial<Readonly<Record<Channel, readonly string[]>>>;
  /** Most calls a second for each sender, held by Temporal over all workers; null for no limit. */
  readonly ratePerSecond?: Partial<Readonly<Record<Channel, number | null>>>;
  /** The version of all workers of this process; null or left out for none. */
  readonly buildId?: string | null;
  /** Takes what the SDK has to say. */
  readonly log: (level: 'warn' | 'error', message: string) => void;
  /** Made ahead where the same workflows are run by many workers. */
  readonly workflowBundle?: WorkflowBundle | { readonly codePath: string };
}

export interface MessageWorkers {
  /** Settles when all workers have stopped; rejects when one of them failed. */
  run(): Promise<void>;
  /** Lets running calls finish, then stops. */
  shutdown(): void;
}

/**
 * Bundles the workflows for the sandbox that replays them.
 * @param log takes the warnings of the bundler; left out, they go to stderr
 */
export async function bundleWorkflows(log?: WorkerOptions['log']): Promise<WorkflowBundle> {
  const logger = log === undefined ? new DefaultLogger('WARN') : sdkLogger(log);
  return await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger });
}

/**
 * One worker for the workflows with their local activities, and one for each channel's task queue.
 * @throws where Temporal cannot be reached
 */
export async function createWorkers(options: WorkerOptions): Promise<MessageWorkers> {
  prepareRuntime(options.log);
  const connection = await NativeConnection.connect(connectionOptions(options.temporal));
  const { namespace } = options.temporal;
  const { render, record, send, ...maintenance } = options.activities;
  const workflowBundle = options.workflowBundle ?? (await bundleWorkflows(options.log));
  const shared = { connection, namespace };
  const { buildId = null } = options;
  const workers = [
    await Worker.create({
      ...WORKFLOW_WORKER,
      ...shared,
      // A message stays with the build that it began with, whose code its history fits.
      ...versionOptions(buildId, 'PINNED'),
      taskQueue: MESSAGES_TASK_QUEUE,
      workflowBundle,
      activities: { render, record },
    }),
    await Worker.create({
      ...MAINTENANCE_WORKER,
      ...shared,
      ...versionOptions(buildId, 'AUTO_UPGRADE'),
      taskQueue: MAINTENANCE_TASK_QUEUE,
      workflowBundle,
      activities: maintenance,
    }),
  ];
  for (const channel of CHANNELS) {
    const rate = options.ratePerSecond?.[channel] ?? null;
    for (const sender of [DEFAULT_SENDER, ...(options.senders?.[channel] ?? [])]) {
      workers.push(
        await Worker.create({
          ...CHANNEL_WORKER,
          ...shared,
          ...versionOptions(buildId, 'PINNED'),
          taskQueue: channelTaskQueue(channel, sender),
          activities: { send },
          maxConcurrentActivityTaskExecutions: options.concurrency[channel],
          ...(rate !== null && { maxTaskQueueActivitiesPerSecond: rate }),
        }),
      );
    }
  }
  return {
    async run() {
      const runs = workers.map((worker) => worker.run().finally(shutdown));
      await Promise.allSettled(runs);
      await connection.close();
      await Promise.all(runs);
    },
    shutdown,
  };

  /** One worker that stops takes the others along: a process without one of them would only look alive. */
  function shutdown(): void {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}

/** A process has one runtime; where something else has made it before, as a test server does, that one is used. */
function prepareRuntime(log: WorkerOptions['log']): void {
  try {
    Runtime.install({
      logger: sdkLogger(log),
      // Without `forward`, the part of the SDK that is written in Rust prints text of its own.
      telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
      shutdownSignals: [],
    });
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
