import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startChild } from '../../local/child-process.ts';
import { commandLineOf, signalProcess } from '../../local/process-record.ts';
import { Supervisor } from '../../local/supervisor.ts';

let directory: string;
let supervisor: Supervisor;
let pids: number[];
let said: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keryu-supervisor-'));
  pids = [];
  said = [];
});

afterEach(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true });
});

/** A part that is a process of Node with this script. */
function partOf(script: string, launched: () => Promise<void> = async () => undefined) {
  supervisor = new Supervisor({
    name: 'The part',
    runDirectory: join(directory, 'run'),
    lastWords: () => 'Its last words.',
    say: (sentence) => said.push(sentence),
    async launch() {
      const child = startChild({
        ...{ name: 'part', command: process.execPath, args: ['-e', script], env: {} },
        ...{ logFile: join(directory, 'part.log'), runDirectory: join(directory, 'run') },
      });
      pids.push(child.pid ?? 0);
      await Promise.race([launched(), child.exited]);
      return child;
    },
  });
  return supervisor;
}

const WAITING = 'setInterval(() => {}, 1000)';

test('a part that was killed is started again, and that is said', async () => {
  await partOf(WAITING).start();
  signalProcess(pids[0] ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(said).toContain('The part runs again.'), 5_000);
  expect(said[0]).toBe('The part ended (SIGKILL). It is started again in 0.5 s.');
});

test('a part that ends again and again is started ever more slowly, with its last words', async () => {
  await partOf('process.exit(3)').start();
  await vi.waitFor(() => expect(said.filter((sentence) => sentence.includes('in 2 s'))).toHaveLength(1), 10_000);
  expect(said).toContain('The part ended (exit code 3). It is started again in 1 s.');
  expect(said.at(-1)).toBe('The part has ended 3 times in a short time. Its last words.');
});

test('a part that was stopped stays away', async () => {
  await partOf(WAITING).start();
  await supervisor.stop();
  expect(commandLineOf(pids[0] ?? 0)).toBeNull();
  expect(said).toEqual([]);
});

test('a stop ends a part that waits for its next start', async () => {
  await partOf('process.exit(3)').start();
  await vi.waitFor(() => expect(said).toHaveLength(1));
  await supervisor.stop();
  expect(pids).toHaveLength(1);
});

test('a stop ends a part that is just being started', async () => {
  const starting = partOf(WAITING, () => new Promise(() => undefined)).start();
  await vi.waitFor(() => expect(pids).toHaveLength(1));
  await supervisor.stop();
  await starting;
  expect(commandLineOf(pids[0] ?? 0)).toBeNull();
});

test('a restart replaces the process', async () => {
  await partOf(WAITING).start();
  await supervisor.restart();
  expect(pids).toHaveLength(2);
  expect([commandLineOf(pids[0] ?? 0), commandLineOf(pids[1] ?? 0)]).toEqual([null, expect.stringContaining('-e')]);
});
