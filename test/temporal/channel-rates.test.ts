import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  ChannelActivities,
  LocalActivities,
  MaintenanceActivities,
  SendResult,
} from '../../src/activities/contract.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { TemporalAddress } from '../../src/temporal/connect.ts';
import { createGateway, type Gateway } from '../../src/temporal/gateway.ts';
import { createWorkers, type MessageWorkers } from '../../src/temporal/worker.ts';
import { messageWorkflowId } from '../../src/workflows/contract.ts';
import { POLICY } from '../domain/deliveries.ts';
import { idleMaintenance } from '../support/idle-maintenance.ts';
import { bundledWorkflows, quietRuntime } from '../support/temporal.ts';
import { createTemporalNamespace } from '../support/temporal-namespace.ts';

const RATE_PER_SECOND = 4;
const MESSAGES = 20;
/** What Temporal lets through at once before it holds back: a second's worth. */
const BURST = RATE_PER_SECOND;

/** Of each worker. */
const EMAILS_IN_FLIGHT = 2;
const WORKERS = 2;
/** How long an email takes. */
const EMAIL_MS = 100;

let temporal: TemporalAddress;
let gateway: Gateway;
let connection: Connection;
let workers: MessageWorkers[];
let runs: Promise<void>[];
/** When each call to a provider began, by the sender of the attempt. */
const calls = new Map<string, number[]>();

beforeAll(async () => {
  quietRuntime();
  temporal = await createTemporalNamespace();
  gateway = createGateway(temporal);
  connection = await Connection.connect({ address: temporal.address });
  const workflowBundle = await bundledWorkflows();
  const create = () =>
    createWorkers({
      ...{ temporal, activities: scripted(), workflowBundle },
      concurrency: { whatsapp: 20, email: EMAILS_IN_FLIGHT, sms: 20 },
      senders: { sms: ['GB'] },
      ratePerSecond: { sms: RATE_PER_SECOND },
      log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
    });
  workers = [];
  for (let count = 0; count < WORKERS; count += 1) workers.push(await create());
  runs = workers.map((worker) => worker.run());
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await Promise.all(runs);
  await gateway.close();
  await connection.close();
});

/** A message of the sender GB for every second one; what an attempt was made for stands in its id. */
function scripted(): LocalActivities & ChannelActivities & MaintenanceActivities {
  return {
    async render({ messageId, channel }) {
      if (channel === 'email') return { do: 'send', attemptId: EMAIL };
      const sender = senderOf(messageId);
      return { do: 'send', attemptId: `${sender}/${messageId}`, ...(sender === 'GB' && { sender }) };
    },
    async send({ attemptId }) {
      if (attemptId === EMAIL) return await sendEmail();
      const [sender = ''] = attemptId.split('/');
      calls.set(sender, [...(calls.get(sender) ?? []), Date.now()]);
      return { outcome: 'accepted' };
    },
    record: async () => undefined,
    ...idleMaintenance,
  };
}

const EMAIL = 'email';
/** How many emails have been in flight at the same time, and how many there are. */
const emails = { most: 0, now: 0, sent: 0 };

async function sendEmail(): Promise<SendResult> {
  emails.now += 1;
  emails.most = Math.max(emails.most, emails.now);
  await setTimeout(EMAIL_MS);
  emails.now -= 1;
  emails.sent += 1;
  return { outcome: 'accepted' };
}

const GB = new Set<string>();

function senderOf(messageId: string): string {
  return GB.has(messageId) ? 'GB' : 'default';
}

async function sendAll(ids: readonly string[], channel: Channel = 'sms'): Promise<void> {
  const plan = {
    revision: 1,
    channels: [channel],
    sendAt: null,
    expiresAt: null,
    escalateAfterSeconds: null,
    until: null,
  };
  const client = new Client({ connection, namespace: temporal.namespace });
  for (const messageId of ids) {
    const input = { messageId, plan, policy: POLICY, past: null };
    await gateway.start(input, { templateName: null, priority: 'normal' });
  }
  await Promise.all(ids.map((id) => client.workflow.getHandle(messageWorkflowId(id)).result()));
}

function secondsFor(sender: string): number {
  const times = (calls.get(sender) ?? []).toSorted((one, other) => one - other);
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
}

test('two workers together keep to the rate of each sender, and all messages go', async () => {
  const ids = Array.from({ length: MESSAGES * 2 }, () => randomUUID());
  for (const id of ids.slice(MESSAGES)) GB.add(id);
  await sendAll(ids);
  const least = (MESSAGES - BURST) / RATE_PER_SECOND - 1;
  expect([calls.get('default')?.length, calls.get('GB')?.length]).toEqual([MESSAGES, MESSAGES]);
  expect(secondsFor('default')).toBeGreaterThan(least);
  expect(secondsFor('GB')).toBeGreaterThan(least);
});

test('no worker has more emails in flight than it may, and all go', async () => {
  await sendAll(
    Array.from({ length: MESSAGES }, () => randomUUID()),
    'email',
  );
  expect(emails.sent).toBe(MESSAGES);
  expect(emails.most).toBeLessThanOrEqual(EMAILS_IN_FLIGHT * WORKERS);
});
