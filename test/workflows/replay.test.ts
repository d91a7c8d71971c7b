import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { bundledWorkflows, quietRuntime } from '../support/temporal.ts';
import { historyNames, readHistory, writeHistory } from './history-files.ts';
import { LIVES } from './recorded-lives.ts';
import { type Stage, useStage } from './stage.ts';

/*
 * Running workflows outlive the code that started them. A change that does not replay these histories needs `patched`
 * of the SDK. They are recorded anew, by `UPDATE_HISTORIES=1 npm test -- test/workflows/replay`, only when no workflow
 * like the recorded ones is running any more.
 */

const NAMES = Object.keys(LIVES).sort();

if (process.env.UPDATE_HISTORIES === '1') {
  const stage = useStage();
  beforeAll(() => recordHistories(stage));
} else {
  beforeAll(quietRuntime);
}

async function recordHistories(stage: Stage): Promise<void> {
  for (const [name, live] of Object.entries(LIVES)) {
    const message = await live(stage);
    await message.result();
    await writeHistory(name, message.handle);
  }
}

test.each(NAMES)('the workflow replays the recorded history "%s"', async (name) => {
  const replayed = Worker.runReplayHistory({ workflowBundle: await bundledWorkflows() }, await readHistory(name));
  await expect(replayed).resolves.toBeUndefined();
});

test('every recorded history is replayed', async () => {
  expect(await historyNames()).toEqual(NAMES);
});

test('a workflow that would do something else than the recorded one is found out', async () => {
  const { code } = await bundledWorkflows();
  const workflowBundle = { code: code.replaceAll('local.render(', 'local.prepare(') };
  const replayed = Worker.runReplayHistory({ workflowBundle }, await readHistory('sent-at-once'));
  await expect(replayed).rejects.toThrow(/Nondeterminism/);
});
