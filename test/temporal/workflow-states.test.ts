import { Client, Connection } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGateway, type Gateway } from '../../src/temporal/gateway.ts';
import { createWorkflowStates, type WorkflowStates } from '../../src/temporal/workflow-states.ts';
import { messageWorkflowId } from '../../src/workflows/contract.ts';
import { inSeconds, POLICY, planOf } from '../domain/deliveries.ts';
import { createTemporalNamespace } from '../support/temporal-namespace.ts';

/* No worker runs: a workflow that was started stays as it was. */

let gateway: Gateway;
let states: WorkflowStates;
let client: Client;
let connection: Connection;

beforeAll(async () => {
  const temporal = await createTemporalNamespace();
  gateway = createGateway(temporal);
  states = createWorkflowStates(temporal);
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace });
});
afterAll(async () => {
  await Promise.all([gateway.close(), states.close(), connection.close()]);
});

async function start(sendAt: string | null = null): Promise<string> {
  const messageId = uuidv7();
  const input = { messageId, plan: planOf(['sms', 'email'], { sendAt }), policy: POLICY, past: null };
  await gateway.start(input, { templateName: null, priority: 'normal' });
  return messageId;
}

const NEXT_YEAR = inSeconds(365 * 24 * 3600);

test('of a whole page of messages, those are found whose workflow runs, with where they stand', async () => {
  const [now, later] = [await start(), await start(NEXT_YEAR)];
  const others = Array.from({ length: 198 }, () => uuidv7());
  const page = [now, ...others, later];
  await expect.poll(async () => (await states.findRunning(page)).size, { timeout: 20_000 }).toBe(2);
  const standing = { status: 'pending', channel: 'sms' };
  expect(await states.findRunning(page)).toEqual(
    new Map([
      [later, { ...standing, waitingFor: 'schedule' }],
      [now, { ...standing, waitingFor: null }],
    ]),
  );
});

test('the running workflows are listed', async () => {
  const id = await start();
  await expect.poll(async () => (await states.listRunning(null)).running.has(id), { timeout: 20_000 }).toBe(true);
});

test('the last page of a list says that it is', async () => {
  expect((await states.listRunning(null)).next).toBeNull();
});

test('what is no message runs for nobody', async () => {
  expect(await states.findRunning([])).toEqual(new Map());
});

test('a workflow with a task to do is about to say something new', async () => {
  expect(await states.describe(await start())).toEqual({ state: 'running', standing: null });
});

test('a terminated workflow has failed', async () => {
  const id = await start();
  await client.workflow.getHandle(messageWorkflowId(id)).terminate();
  expect(await states.describe(id)).toEqual({ state: 'failed' });
});

test('a workflow that Temporal does not know is missing', async () => {
  expect(await states.describe(uuidv7())).toEqual({ state: 'missing' });
});
