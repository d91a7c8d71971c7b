import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChannelActivities, LocalActivities, MaintenanceActivities } from '../../src/activities/contract.ts';
import type { ChannelAdapter } from '../../src/channels/channel.ts';
import { createEmailChannel } from '../../src/channels/email.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { TemporalAddress } from '../../src/temporal/connect.ts';
import { createGateway, type Gateway } from '../../src/temporal/gateway.ts';
import { createWorkers, type MessageWorkers } from '../../src/temporal/worker.ts';
import { messageWorkflowId } from '../../src/workflows/contract.ts';
import { outgoingMessage } from '../channels/outgoing-message.ts';
import { POLICY } from '../domain/deliveries.ts';
import { idleMaintenance } from '../support/idle-maintenance.ts';
import { bundledWorkflows, quietRuntime } from '../support/temporal.ts';
import { createTemporalNamespace } from '../support/temporal-namespace.ts';

const CONCURRENCY = 20;
const TEXTS = 20;
/** Twice as many emails as may be under way. */
const EMAILS = CONCURRENCY * 2;

let temporal: TemporalAddress;
let gateway: Gateway;
let connection: Connection;
let mailServer: Server;
let email: ChannelAdapter;
let workers: MessageWorkers;
let run: Promise<void>;
/** Connections that the mail server has taken and never answered. */
const silent = new Set<Socket>();

beforeAll(async () => {
  quietRuntime();
  mailServer = createServer((socket) => silent.add(socket)).listen(0, '127.0.0.1');
  await once(mailServer, 'listening');
  const { port } = mailServer.address() as AddressInfo;
  email = createEmailChannel({
    ...{ smtpUrl: `smtp://127.0.0.1:${port}`, tls: 'off', timeoutSeconds: 60, from: 'desk@example.com' },
  });
  temporal = await createTemporalNamespace();
  gateway = createGateway(temporal);
  connection = await Connection.connect({ address: temporal.address });
  workers = await createWorkers({
    ...{ temporal, activities: activities(), workflowBundle: await bundledWorkflows() },
    concurrency: { whatsapp: CONCURRENCY, email: CONCURRENCY, sms: CONCURRENCY },
    log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
  });
  run = workers.run();
});
afterAll(async () => {
  workers.shutdown();
  for (const socket of silent) socket.destroy();
  await run;
  await email.close();
  mailServer.close();
  await gateway.close();
  await connection.close();
});

/** Emails go to the real adapter, whose server says nothing; texts are taken at once. */
function activities(): LocalActivities & ChannelActivities & MaintenanceActivities {
  return {
    render: async ({ messageId, channel }) => ({ do: 'send', attemptId: `${channel}/${messageId}` }),
    async send({ attemptId }) {
      if (attemptId.startsWith('email/')) await email.send(outgoingMessage({ to: 'ada@example.com' }));
      return { outcome: 'accepted' };
    },
    record: async () => undefined,
    ...idleMaintenance,
  };
}

async function start(channel: Channel): Promise<string> {
  const messageId = randomUUID();
  const plan = { revision: 1, channels: [channel], sendAt: null, expiresAt: null, escalateAfterSeconds: null };
  const input = { messageId, plan: { ...plan, until: null }, policy: POLICY, past: null };
  await gateway.start(input, { templateName: null, priority: 'normal' });
  return messageId;
}

/** How long these texts take from their start to their end, one after the other, in milliseconds. */
async function sendTexts(): Promise<number> {
  const client = new Client({ connection, namespace: temporal.namespace });
  const begin = performance.now();
  for (let count = 0; count < TEXTS; count += 1) {
    await client.workflow.getHandle(messageWorkflowId(await start('sms'))).result();
  }
  return performance.now() - begin;
}

test('a mail server that never answers does not slow texts', async () => {
  await sendTexts();
  const alone = await sendTexts();
  for (let count = 0; count < EMAILS; count += 1) await start('email');
  await expect.poll(() => silent.size, { timeout: 30_000 }).toBe(CONCURRENCY);
  const beside = await sendTexts();
  const again = Math.round(alone / TEXTS);
  process.stdout.write(`A text took ${again} ms, and ${Math.round(beside / TEXTS)} ms beside a dead mail server.\n`);
  // Were they to wait for emails, the first one alone would take a minute.
  expect(beside).toBeLessThan(alone * 4 + 5_000);
}, 180_000);
