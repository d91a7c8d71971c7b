import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import type { ChannelActivities } from '../../src/activities/contract.ts';
import type { Priority } from '../../src/domain/statuses.ts';
import { createGateway, type WorkflowLabels } from '../../src/temporal/gateway.ts';
import { CHANNEL_WORKER, WORKFLOW_WORKER } from '../../src/temporal/worker.ts';
import { channelTaskQueue, MESSAGES_TASK_QUEUE, messageWorkflowId } from '../../src/workflows/contract.ts';
import { POLICY, planOf } from '../domain/deliveries.ts';
import { bundledWorkflows } from '../support/temporal.ts';
import { createTemporalNamespace } from '../support/temporal-namespace.ts';
import { NOTICE_TASK_QUEUE, type notices } from './notice-workflow.ts';

const TASK_QUEUE = channelTaskQueue('sms');
/** A workflow may have 2,000 activities waiting (Temporal, limits of a workflow execution). */
const NOTICES_OF_ONE_WORKFLOW = 500;
const CONCURRENCY = 20;
/** How long a provider takes for one call. */
const CALL_MS = 50;
const QUEUED_LIMIT_MS = 240_000;
const FAR_OFF = '2099-01-01T00:00:00Z';

/** The queue of the texts on a real server, which nobody works on until it is drained. */
export interface SendQueue {
  /** Queues a text of a message, started as the service starts it; gives its name. */
  message(labels: Omit<WorkflowLabels, 'templateName'>): Promise<string>;
  /** Queues a text of a message that is given another priority while it waits for its time; gives its name. */
  changedMessage(from: Priority, to: Priority): Promise<string>;
  /** Queues many texts at once, in a way that costs little; they are named after their place, `name-7`. */
  notices(name: string, count: number, priority: { priorityKey: number; fairnessKey?: string }): Promise<void>;
  /** Works the queue off with twenty calls in flight until the wanted texts have been sent; gives all sent, in order. */
  drainUntil(names: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

export async function openSendQueue(): Promise<SendQueue> {
  const temporal = await createTemporalNamespace();
  const { address, namespace } = temporal;
  const [connection, workerConnection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const client = new Client({ connection, namespace });
  const gateway = createGateway(temporal);
  const shared = { connection: workerConnection, namespace };
  const deciders = [
    await Worker.create({
      ...{ ...WORKFLOW_WORKER, ...shared, taskQueue: MESSAGES_TASK_QUEUE, workflowBundle: await bundledWorkflows() },
      activities: {
        render: async ({ messageId }: { messageId: string }) => ({ do: 'send', attemptId: messageId }),
        record: async () => undefined,
      },
    }),
    await Worker.create({ ...shared, taskQueue: NOTICE_TASK_QUEUE, workflowBundle: await noticeBundle() }),
  ];
  const runs = deciders.map((worker) => worker.run());

  async function untilQueued(workflowId: string, count: number): Promise<void> {
    const waiting = async () => (await client.workflow.getHandle(workflowId).describe()).raw.pendingActivities?.length;
    await expect.poll(waiting, { timeout: QUEUED_LIMIT_MS, interval: 100 }).toBe(count);
  }

  return {
    async changedMessage(from, to) {
      const input = { messageId: randomUUID(), plan: planOf(['sms'], { sendAt: FAR_OFF }), policy: POLICY, past: null };
      await gateway.start(input, { templateName: null, priority: from });
      const argument = { plan: planOf(['sms'], { revision: 2 }), labels: { templateName: null, priority: to } };
      await gateway.signal({ name: 'planChanged', argument }, input, { templateName: null, priority: to });
      await untilQueued(messageWorkflowId(input.messageId), 1);
      return input.messageId;
    },
    async message(labels) {
      const messageId = randomUUID();
      const plan = { revision: 1, channels: ['sms'] as const, sendAt: null, expiresAt: null };
      const input = {
        messageId,
        plan: { ...plan, escalateAfterSeconds: null, until: null },
        policy: POLICY,
        past: null,
      };
      await gateway.start(input, { templateName: null, ...labels });
      await untilQueued(messageWorkflowId(messageId), 1);
      return messageId;
    },
    async notices(name, count, priority) {
      for (let start = 0; start < count; start += NOTICES_OF_ONE_WORKFLOW) {
        const size = Math.min(NOTICES_OF_ONE_WORKFLOW, count - start);
        const workflowId = `${name}-${start}`;
        const options = { workflowId, taskQueue: NOTICE_TASK_QUEUE, priority };
        await client.workflow.start<typeof notices>('notices', { ...options, args: [TASK_QUEUE, workflowId, size] });
        await untilQueued(workflowId, size);
      }
      const length = async () => (await gateway.describeQueues({})).find((queue) => queue.name === TASK_QUEUE)?.length;
      await expect.poll(length, { timeout: QUEUED_LIMIT_MS, interval: 250 }).toBeGreaterThanOrEqual(count);
    },
    async drainUntil(names) {
      const sent: string[] = [];
      const isOver = () => names.every((name) => sent.includes(name));
      const activities: ChannelActivities = {
        async send({ attemptId }) {
          sent.push(attemptId);
          await sleep(CALL_MS);
          return { outcome: 'accepted' };
        },
      };
      const worker = await Worker.create({
        ...{ ...CHANNEL_WORKER, ...shared, taskQueue: TASK_QUEUE, activities },
        maxConcurrentActivityTaskExecutions: CONCURRENCY,
      });
      await worker.runUntil(expect.poll(isOver, { timeout: QUEUED_LIMIT_MS, interval: 20 }).toBe(true));
      return sent;
    },
    async close() {
      for (const worker of deciders) worker.shutdown();
      await Promise.all(runs);
      await Promise.all([gateway.close(), connection.close(), workerConnection.close()]);
    },
  };
}

async function noticeBundle() {
  const workflowsPath = fileURLToPath(new URL('notice-workflow.ts', import.meta.url));
  return await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
}
