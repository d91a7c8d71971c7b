import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lastLines, startChild } from '../../local/child-process.ts';
import { claimInstance } from '../../local/instance.ts';
import { commandLineOf, endLeftovers } from '../../local/process-record.ts';

let directory: string;
let run: string;
let logFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keryu-child-'));
  run = join(directory, 'run');
  logFile = join(directory, 'child.log');
});

afterEach(async () => {
  await endLeftovers(run);
  rmSync(directory, { recursive: true });
});

const WAITING = 'setInterval(() => {}, 1000); console.log("up")';

function startScript(script: string, onLine?: (line: string) => void) {
  const args = ['-e', script];
  const options = { name: 'child', command: process.execPath, args, env: {}, logFile, runDirectory: run };
  return startChild(onLine === undefined ? options : { ...options, onLine });
}

test('everything that a child prints is in its log', async () => {
  const child = startScript('console.log("one"); console.error("two")');
  await child.exited;
  expect(lastLines(logFile)).toBe('one\ntwo');
});

test('a reader sees each line, and the log has it too', async () => {
  const lines: string[] = [];
  const child = startScript('console.log("one")', (line) => lines.push(line));
  await child.exited;
  await vi.waitFor(() => expect(readFileSync(logFile, 'utf8')).toBe('one\n'));
  expect(lines).toEqual(['one']);
});

test('the way in which a child ended is told', async () => {
  expect(await startScript('process.exit(3)').exited).toBe('exit code 3');
  expect(await startScript('process.kill(process.pid, "SIGKILL")').exited).toBe('SIGKILL');
});

test('a program that does not exist is told like an end', async () => {
  const options = { name: 'child', command: '/nowhere', args: [], env: {}, logFile, runDirectory: run };
  expect(await startChild(options).exited).toContain('ENOENT');
});

test('stopping twice is harmless, and leaves no record', async () => {
  const child = startScript(WAITING);
  await child.stop();
  await child.stop();
  expect(readdirSync(run)).toEqual([]);
});

test('a child whose owner was killed is ended at the next start', async () => {
  const { pid = 0 } = startScript(WAITING);
  disown();
  await endLeftovers(run);
  expect(commandLineOf(pid)).toBeNull();
  expect(readdirSync(run)).toEqual([]);
});

test('a child of another run that is going on is left alone', async () => {
  const { pid = 0 } = startScript(WAITING);
  disown(process.ppid);
  await endLeftovers(run);
  expect(commandLineOf(pid)).not.toBeNull();
  disown();
});

test('a process that has the pid of an old child by chance is left alone', async () => {
  const { pid = 0, stop } = startScript(WAITING);
  rewriteRecord((record) => ({ ...record, commandLine: 'something else' }));
  await endLeftovers(run);
  expect(commandLineOf(pid)).not.toBeNull();
  await stop();
});

test('a second stack of the same checkout is refused while the first one runs', async () => {
  const { pid = 0 } = startScript(WAITING);
  writeFileSync(join(run, 'start.json'), JSON.stringify({ pid, commandLine: commandLineOf(pid) }));
  expect(() => claimInstance(run)).toThrow(`already running (process ${pid})`);
});

test('a stack that was killed does not keep the next one from starting', () => {
  const release = claimInstance(run);
  writeFileSync(join(run, 'start.json'), JSON.stringify({ pid: 2 ** 22 + 1, commandLine: 'node local/start.ts' }));
  const releaseAgain = claimInstance(run);
  releaseAgain();
  release();
  expect(readdirSync(run)).toEqual([]);
});

/** Makes the record one of a process that does not run, or of the given one. */
function disown(owner = 2 ** 22 + 1): void {
  rewriteRecord((record) => ({ ...record, owner }));
}

function rewriteRecord(change: (record: object) => object): void {
  for (const name of readdirSync(run)) {
    const file = join(run, name);
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  }
}
