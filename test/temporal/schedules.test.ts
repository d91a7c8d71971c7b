import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TemporalAddress } from '../../src/temporal/connect.ts';
import { ensureSchedules } from '../../src/temporal/schedules.ts';
import { MAINTENANCE_TASK_QUEUE, SCHEDULED_WORKFLOWS } from '../../src/workflows/contract.ts';
import { createTemporalNamespace } from '../support/temporal-namespace.ts';

let temporal: TemporalAddress;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  temporal = await createTemporalNamespace();
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace });
  await ensureSchedules(temporal);
});
afterAll(() => connection.close());

test.each(SCHEDULED_WORKFLOWS)(
  'the schedule of %s starts its workflow where the maintenance worker takes it',
  async (id) => {
    const { action } = await client.schedule.getHandle(id).describe();
    expect(action).toMatchObject({ workflowType: id, taskQueue: MAINTENANCE_TASK_QUEUE });
  },
);

test('a run that takes longer than its interval is not overtaken by the next one', async () => {
  const { policies } = await client.schedule.getHandle('fetchBills').describe();
  expect(policies.overlap).toBe('SKIP');
});

test('making sure of the schedules again changes nothing', async () => {
  const before = await client.schedule.getHandle('fetchBills').describe();
  await ensureSchedules(temporal);
  const after = await client.schedule.getHandle('fetchBills').describe();
  expect(after.spec).toEqual(before.spec);
});

test('a schedule of an earlier version is brought up to date', async () => {
  const handle = client.schedule.getHandle('reconcile');
  const { spec } = await handle.describe();
  await handle.update((previous) => ({ ...previous, spec: { intervals: [{ every: '7 days' }] } }));
  await ensureSchedules(temporal);
  expect((await handle.describe()).spec).toEqual(spec);
});

test('a schedule that an operator has paused stays paused', async () => {
  await client.schedule.getHandle('refreshApprovals').pause('looked into');
  await ensureSchedules(temporal);
  const { state } = await client.schedule.getHandle('refreshApprovals').describe();
  expect(state).toMatchObject({ paused: true, note: 'looked into' });
});
