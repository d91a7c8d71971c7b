import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { placesOf } from '../../local/places.ts';
import { temporalPath } from '../../local/temporal-program.ts';
import type { ChannelActivities, LocalActivities, MaintenanceActivities } from '../../src/activities/contract.ts';
import type { TemporalAddress } from '../../src/temporal/connect.ts';
import { createGateway, type Gateway } from '../../src/temporal/gateway.ts';
import { currentBuild, DEPLOYMENT, makeCurrent, PromotionRefused } from '../../src/temporal/versioning.ts';
import { createWorkers } from '../../src/temporal/worker.ts';
import { MESSAGES_TASK_QUEUE, messageWorkflowId } from '../../src/workflows/contract.ts';
import { POLICY, planOf } from '../domain/deliveries.ts';
import { idleMaintenance } from '../support/idle-maintenance.ts';
import { bundledWorkflows, quietRuntime } from '../support/temporal.ts';
import { createTemporalNamespace } from '../support/temporal-namespace.ts';

const run = promisify(execFile);
const UNVERSIONED: string | null = null;
const LABELS = { templateName: null, priority: 'normal' } as const;

vi.setConfig({ testTimeout: 60_000 });

/** Temporal tells of its queues some seconds late. */
const LIMIT = { timeout: 40_000 };

let temporal: TemporalAddress;
let gateway: Gateway;
let connection: Connection;
let client: Client;
let workflowBundle: { code: string };
let running: { stop: () => Promise<void> }[];
/** Which builds have tried each message, in order. */
let tries: Map<string, string[]>;

beforeAll(async () => {
  quietRuntime();
  workflowBundle = await bundledWorkflows();
});

beforeEach(async () => {
  temporal = await createTemporalNamespace();
  gateway = createGateway(temporal);
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace });
  running = [];
  tries = new Map();
});

afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop()));
  await gateway.close();
  await connection.close();
});

/** A worker process in small: all queues, with steps that only keep which build ran them. */
async function startBuild(buildId: string | null): Promise<{ stop: () => Promise<void> }> {
  const workers = await createWorkers({
    ...{ temporal, workflowBundle, buildId, activities: stepsOf(buildId ?? 'unversioned') },
    concurrency: { whatsapp: 5, email: 5, sms: 5 },
    log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
  });
  const ended = workers.run();
  const worker = {
    async stop() {
      workers.shutdown();
      await ended;
    },
  };
  running.push(worker);
  return worker;
}

/** SMS is never taken, email always is. */
function stepsOf(build: string): LocalActivities & ChannelActivities & MaintenanceActivities {
  return {
    render: async ({ messageId, channel }) => ({ do: 'send', attemptId: `${messageId}/${channel}` }),
    async send({ messageId, attemptId }) {
      tries.set(messageId, [...(tries.get(messageId) ?? []), build]);
      if (attemptId.endsWith('/email')) return { outcome: 'accepted' };
      return { outcome: 'failed', failure: { kind: 'unreachable', code: 'landline' } };
    },
    record: async () => undefined,
    ...idleMaintenance,
  };
}

function inputOf(messageId: string) {
  return { messageId, plan: planOf(['sms']), policy: POLICY, past: null };
}

/** A message that a build has tried in vain, so that it waits for an operator. */
async function startFailing(): Promise<string> {
  const id = randomUUID();
  await gateway.start(inputOf(id), LABELS);
  await triedBy(id, 1);
  return id;
}

/** The builds that have tried the message, once they have done so this often. */
async function triedBy(id: string, times: number): Promise<string[]> {
  return await vi.waitFor(
    () => {
      const builds = tries.get(id) ?? [];
      expect(builds).toHaveLength(times);
      return builds;
    },
    { timeout: 20_000, interval: 50 },
  );
}

async function switchToEmail(id: string): Promise<void> {
  await gateway.signal({ name: 'switchChannel', argument: { channel: 'email' } }, inputOf(id), LABELS);
}

async function ended(id: string): Promise<void> {
  await client.workflow.getHandle(messageWorkflowId(id)).result();
}

/** Runs what the README tells operators to run. */
async function temporalCli(...words: string[]): Promise<string> {
  const program = await temporalPath(placesOf(resolve(import.meta.dirname, '../..')).tools, process.env);
  const where = ['--address', temporal.address, '--namespace', temporal.namespace];
  return (await run(program, [...words, ...where])).stdout;
}

test('a message stays with the build that it began with, and new ones start on the build that became current', async () => {
  await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  const early = await startFailing();
  await startBuild('1.1.0');
  await makeCurrent(temporal, '1.1.0');
  const late = await startFailing();
  await switchToEmail(early);
  expect([await triedBy(early, 2), await triedBy(late, 1)]).toEqual([['1.0.0', '1.0.0'], ['1.1.0']]);
});

test('a message that is woken after its end starts on the current build', async () => {
  await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  const id = await startFailing();
  await gateway.signal({ name: 'cancel', argument: {} }, inputOf(id), LABELS);
  await ended(id);
  await startBuild('1.1.0');
  await makeCurrent(temporal, '1.1.0');
  await switchToEmail(id);
  expect((await triedBy(id, 2)).at(-1)).toBe('1.1.0');
});

test('a build takes no message before it is current', async () => {
  await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  await startBuild('1.1.0');
  expect(await triedBy(await startFailing(), 1)).toEqual(['1.0.0']);
});

test('a message whose build has no worker left waits, and an operator moves it to the current build', async () => {
  const old = await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  const id = await startFailing();
  await startBuild('1.1.0');
  await makeCurrent(temporal, '1.1.0');
  await old.stop();
  await switchToEmail(id);
  expect(await triedBy(await startFailing(), 1)).toEqual(['1.1.0']);
  expect(await triedBy(id, 1)).toEqual(['1.0.0']);
  await temporalCli(
    ...['workflow', 'update-options', '--workflow-id', messageWorkflowId(id)],
    ...['--versioning-override-behavior', 'auto_upgrade'],
  );
  expect(await triedBy(id, 2)).toEqual(['1.0.0', '1.1.0']);
});

test('all messages of a build that is taken away are moved by one command', async () => {
  const old = await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  const ids = [await startFailing(), await startFailing()];
  await startBuild('1.1.0');
  await makeCurrent(temporal, '1.1.0');
  await old.stop();
  await temporalCli(
    ...['workflow', 'update-options', '--yes', '--reason', 'build 1.0.0 is gone'],
    ...['--query', `TemporalWorkerDeploymentVersion = "${DEPLOYMENT}:1.0.0" AND ExecutionStatus = "Running"`],
    ...['--versioning-override-behavior', 'auto_upgrade'],
  );
  await Promise.all(ids.map(switchToEmail));
  const builds = await Promise.all(ids.map((id) => triedBy(id, 2)));
  expect(builds).toEqual([
    ['1.0.0', '1.1.0'],
    ['1.0.0', '1.1.0'],
  ]);
});

test('what is left to a build can be seen', async () => {
  await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  await startFailing();
  await startBuild('1.1.0');
  await makeCurrent(temporal, '1.1.0');
  const version = ['--deployment-name', DEPLOYMENT, '--build-id', '1.0.0'];
  const described = await temporalCli('worker', 'deployment', 'describe-version', ...version);
  expect(described).toMatch(/draining/i);
});

test('a message that began on workers without a build id goes on when a build becomes current', async () => {
  const old = await startBuild(UNVERSIONED);
  const id = await startFailing();
  await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  await old.stop();
  await switchToEmail(id);
  expect(await triedBy(id, 2)).toEqual(['unversioned', '1.0.0']);
});

test('workers without a build id take new messages again once they are made current', async () => {
  await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  await startBuild(UNVERSIONED);
  await makeCurrent(temporal, UNVERSIONED);
  expect(await triedBy(await startFailing(), 1)).toEqual(['unversioned']);
});

test('a build that no worker has is not made current', async () => {
  await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  await expect(makeCurrent(temporal, '2.0.0', 0)).rejects.toThrow(PromotionRefused);
  expect(await currentBuild(temporal)).toBe('1.0.0');
});

test('where workers have never had a build id, they are current', async () => {
  await startBuild(UNVERSIONED);
  await makeCurrent(temporal, UNVERSIONED);
  expect(await currentBuild(temporal)).toBe(UNVERSIONED);
});

test('what waits for a build that is away can be seen, as can the workers of a build', async () => {
  const worker = await startBuild('1.0.0');
  await makeCurrent(temporal, '1.0.0');
  const messages = async () => (await gateway.describeQueues({})).find(({ name }) => name === MESSAGES_TASK_QUEUE);
  await vi.waitFor(async () => expect(await messages()).toMatchObject({ hasWorker: true, length: 0 }), LIMIT);
  await worker.stop();
  await gateway.start(inputOf(randomUUID()), LABELS);
  await vi.waitFor(async () => expect(await messages()).toMatchObject({ length: 1 }), LIMIT);
});
