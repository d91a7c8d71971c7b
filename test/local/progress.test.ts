import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withProgress } from '../../local/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** What is said while work goes on for that long. */
async function saidDuring(milliseconds: number, isTTY: boolean): Promise<string[]> {
  const said: string[] = [];
  const work = () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  const done = withProgress('Installing', work, { isTTY, write: (text) => said.push(text) });
  await vi.advanceTimersByTimeAsync(milliseconds);
  await done;
  return said;
}

test('somebody at a terminal hears of long work every ten seconds', async () => {
  expect(await saidDuring(35_000, true)).toHaveLength(4);
});

test('a log hears of long work once a minute', async () => {
  expect(await saidDuring(125_000, false)).toHaveLength(3);
});

test('short work is named once', async () => {
  expect(await saidDuring(5_000, true)).toEqual(['Installing…\n']);
});

test('nothing is said any more once the work has failed', async () => {
  const write = vi.fn();
  const failing = withProgress('Installing', async () => Promise.reject(new Error('no')), { isTTY: true, write });
  await expect(failing).rejects.toThrow('no');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(write).toHaveBeenCalledTimes(1);
});
