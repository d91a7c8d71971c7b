import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import * as workflows from '../../src/workflows/registry.ts';
import { bundledWorkflows, quietRuntime } from '../support/temporal.ts';
import { historyNames, readHistory, writeHistory } from './history-files.ts';
import { LIVES } from './recorded-lives.ts';
import { type Stage, useStage } from './stage.ts';

/*
 * Running workflows outlive the code that started them. A change that does not replay these histories needs `patched`
 * of the SDK. `UPDATE_HISTORIES=1 npm test -- test/workflows/replay` records those that are missing. One is taken away,
 * to be recorded anew, only when no workflow like it is running any more.
 */

const NAMES = Object.keys(LIVES).sort();

if (process.env.UPDATE_HISTORIES === '1') {
  const stage = useStage();
  beforeAll(() => recordHistories(stage));
} else {
  beforeAll(quietRuntime);
}

async function recordHistories(stage: Stage): Promise<void> {
  const kept = await historyNames();
  for (const [name, live] of Object.entries(LIVES)) {
    if (kept.includes(name)) continue;
    const recorded = await live(stage);
    await recorded.result();
    await writeHistory(name, recorded.handle);
  }
}

test.each(NAMES)('the workflow replays the recorded history "%s"', async (name) => {
  const replayed = Worker.runReplayHistory({ workflowBundle: await bundledWorkflows() }, await readHistory(name));
  await expect(replayed).resolves.toBeUndefined();
});

test('every recorded history is replayed', async () => {
  expect(await historyNames()).toEqual(NAMES);
});

test('of every workflow there is a recorded history', async () => {
  const histories = await Promise.all((await historyNames()).map(readHistory));
  expect([...new Set(histories.map(workflowOf))].sort()).toEqual(Object.keys(workflows).sort());
});

test('a workflow that would do something else than the recorded one is found out', async () => {
  const { code } = await bundledWorkflows();
  const workflowBundle = { code: code.replaceAll('local.render(', 'local.prepare(') };
  const replayed = Worker.runReplayHistory({ workflowBundle }, await readHistory('sent-at-once'));
  await expect(replayed).rejects.toThrow(/Nondeterminism/);
});

function workflowOf(history: unknown): string | undefined {
  const { events } = history as {
    events: { workflowExecutionStartedEventAttributes?: { workflowType: { name: string } } }[];
  };
  return events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name;
}
