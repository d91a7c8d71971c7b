import { randomUUID } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { StatisticsPiece, StatisticsPieceInput } from '../../src/activities/contract.ts';
import { MAINTENANCE_TASK_QUEUE } from '../../src/workflows/contract.ts';
import type { ComputeStatisticsInput } from '../../src/workflows/statistics.ts';
import { bundledWorkflows, startTimeSkipping } from '../support/temporal.ts';

const BEGUN = '2026-02-01T00:00:00.000Z';
const JANUARY = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };

let environment: TestWorkflowEnvironment;
let client: Client;
let worker: Worker;
let run: Promise<void>;
let asked: StatisticsPieceInput[];
/** Pieces that there are before the last one. */
let pieces: number;

beforeAll(async () => {
  environment = await startTimeSkipping();
  client = new Client({ connection: environment.connection });
  worker = await Worker.create({
    ...{ connection: environment.nativeConnection, taskQueue: MAINTENANCE_TASK_QUEUE },
    ...{ workflowBundle: await bundledWorkflows(), activities: { computeStatistics: answer } },
  });
  run = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await run;
  await environment.teardown();
});
beforeEach(() => {
  asked = [];
  pieces = 0;
});

async function answer(input: StatisticsPieceInput): Promise<StatisticsPiece> {
  asked.push(input);
  return { begunAt: input.begunAt ?? BEGUN, hours: 3, isDone: asked.length > pieces };
}

async function start(...args: ComputeStatisticsInput[]): Promise<WorkflowHandle> {
  const options = { workflowId: randomUUID(), taskQueue: MAINTENANCE_TASK_QUEUE, args };
  return await client.workflow.start('computeStatistics', options);
}

test('the schedule, which gives no input, asks for the hours that have changed', async () => {
  expect([await (await start()).result(), asked]).toEqual([3, [{ range: null, begunAt: null }]]);
});

test('piece follows piece, of the same beginning, until all is done', async () => {
  pieces = 2;
  const hours = await (await start()).result();
  expect([hours, asked.map(({ begunAt }) => begunAt)]).toEqual([9, [null, BEGUN, BEGUN]]);
});

test('a range is computed as it is given', async () => {
  await (await start(JANUARY)).result();
  expect(asked).toEqual([{ range: JANUARY, begunAt: null }]);
});

test('long work goes on in a run of its own, and counts on', async () => {
  pieces = 200;
  const handle = await start(JANUARY);
  const { runId } = await handle.describe();
  const hours = await handle.result();
  expect([hours, asked.at(-1)]).toEqual([603, { range: JANUARY, begunAt: BEGUN }]);
  expect((await handle.describe()).runId).not.toBe(runId);
});

test.each([
  ['ends before it begins', { from: JANUARY.to, to: JANUARY.from }],
  ['is empty', { from: JANUARY.from, to: JANUARY.from }],
  ['has no end', { from: JANUARY.from }],
  ['has no beginning', { to: JANUARY.to }],
  ['is no time', { from: 'January', to: 'soon' }],
])('a range that %s is refused with a sentence that says how to give one', async (_what, range) => {
  const failure = (await start(range)).result();
  await expect(failure).rejects.toMatchObject({
    cause: { type: 'InvalidRange', nonRetryable: true, message: expect.stringContaining('RFC 3339') },
  });
});
