import { describe, expect, test } from 'vitest';
import type { BulkActionProgress } from '../../src/domain/bulk-actions.ts';
import { useStage } from './stage.ts';
import { progressAt, type StagedBulkAction } from './staged-bulk-action.ts';

const stage = useStage();
const COMPLETED = progressAt(98, { status: 'completed', refused: { already_sent: 2 } });

/** A step that has begun and ends when the test says so. */
function heldStep() {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<BulkActionProgress>();
  const step = () => {
    begun.resolve();
    return end.promise;
  };
  return { begun: begun.promise, step, end: (progress: BulkActionProgress) => end.resolve(progress) };
}

test('a bulk action goes on step by step until nothing is left', async () => {
  const action = await stage.startBulkAction([progressAt(50), progressAt(98), COMPLETED]);
  expect([await action.result(), action.calls]).toEqual([COMPLETED, ['run', 'run', 'run']]);
});

test('its input is an id and nothing more', async () => {
  const action = await stage.startBulkAction([COMPLETED]);
  await action.result();
  const { events } = await action.handle.fetchHistory();
  const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  expect(JSON.parse(Buffer.from(input?.data ?? []).toString())).toEqual({ bulkActionId: action.id });
});

test('a long bulk action goes on in a new run, so that its history stays short', async () => {
  const steps = Array.from({ length: 101 }, (_, step) => progressAt(step));
  const action = await stage.startBulkAction([...steps, COMPLETED]);
  const first = await action.handle.describe();
  expect(await action.result()).toEqual(COMPLETED);
  expect((await action.handle.describe()).runId).not.toBe(first.runId);
}, 60_000);

test('how far it has come can be asked for while it is running', async () => {
  const held = heldStep();
  const action = await stage.startBulkAction([progressAt(50), held.step]);
  await held.begun;
  expect(await action.progress()).toEqual(progressAt(50));
  held.end(COMPLETED);
  await action.result();
});

test('the page in the Temporal UI shows how far it has come and what can be done', async () => {
  const held = heldStep();
  const action = await stage.startBulkAction([progressAt(50, { refused: { expired: 3, sending: 1 } }), held.step]);
  await held.begun;
  const lines = (await action.currentDetails()).split('  \n');
  expect(lines).toEqual([
    '**Status** running',
    '**Done** 50 of 100',
    '**Refused** `expired` 3, `sending` 1',
    '**Signals that work now** `stop`',
  ]);
  held.end(COMPLETED);
  await action.result();
});

test('once it has ended, nothing more can be done', async () => {
  const action = await stage.startBulkAction([COMPLETED]);
  await action.result();
  expect(await action.currentDetails()).not.toContain('Signals');
});

describe.each<[string, (action: StagedBulkAction) => Promise<unknown>]>([
  ['the signal stop', (action) => action.signalStop()],
  ['a request for cancellation', (action) => action.handle.cancel()],
])('%s', (_, stop) => {
  test('lets the step end that is under way, and begins no other', async () => {
    const held = heldStep();
    const action = await stage.startBulkAction([held.step, progressAt(98)]);
    await held.begun;
    await stop(action);
    held.end(progressAt(50));
    expect([await action.result(), action.calls]).toEqual([progressAt(50, { status: 'stopped' }), ['run', 'stop']]);
  });

  test('is harmless where there is nothing left to stop', async () => {
    const held = heldStep();
    const action = await stage.startBulkAction([held.step]);
    await held.begun;
    await stop(action);
    held.end(COMPLETED);
    expect([await action.result(), action.calls]).toEqual([COMPLETED, ['run']]);
  });
});

test('a step that fails is tried again', async () => {
  const failing = async () => {
    throw new Error('the database is away');
  };
  const action = await stage.startBulkAction([failing, COMPLETED]);
  expect([await action.result(), action.calls]).toEqual([COMPLETED, ['run', 'run']]);
});

test('starting one that is running changes nothing', async () => {
  const held = heldStep();
  const action = await stage.startBulkAction([held.step]);
  await held.begun;
  const { runId } = await action.handle.describe();
  await stage.startBulkActionAgain(action);
  held.end(COMPLETED);
  await action.result();
  expect((await action.handle.describe()).runId).toBe(runId);
});

test('one whose workflow somebody has terminated can be started again', async () => {
  const held = heldStep();
  const action = await stage.startBulkAction([held.step, COMPLETED]);
  await held.begun;
  await action.handle.terminate();
  await stage.startBulkActionAgain(action);
  expect(await action.result()).toEqual(COMPLETED);
  held.end(progressAt(1));
});
