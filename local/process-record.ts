import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that we started, written down so that a later start can end it if we could not. */
export interface ProcessRecord {
  pid: number;
  /** Tells the process from a later one with the same pid. */
  commandLine: string;
  stopSignal: NodeJS.Signals;
  /** Pid of the process that started it. */
  owner: number;
}

/** How long a process may take to end before it is killed, in milliseconds. */
export const STOP_LIMIT_MS = 8_000;

/** Writes a child of this process down; the function that comes back removes the record. */
export function recordProcess(runDirectory: string, name: string, pid: number, stopSignal: NodeJS.Signals): () => void {
  mkdirSync(runDirectory, { recursive: true });
  const file = join(runDirectory, `${name}-${pid}.json`);
  const record: ProcessRecord = { pid, commandLine: commandLineOf(pid) ?? '', stopSignal, owner: process.pid };
  writeFileSync(file, JSON.stringify(record));
  return () => rmSync(file, { force: true });
}

/** Ends the recorded processes whose owner is gone, and those of this process. */
export async function endLeftovers(runDirectory: string): Promise<void> {
  const files = existsSync(runDirectory) ? readdirSync(runDirectory).filter((file) => /-\d+\.json$/.test(file)) : [];
  await Promise.all(
    files.map(async (name) => {
      const file = join(runDirectory, name);
      const record = readRecord(file);
      if (record !== null && record.owner !== process.pid && isAlive(record.owner)) return;
      if (record !== null && isRunning(record)) await endProcess(record.pid, record.stopSignal);
      rmSync(file, { force: true });
    }),
  );
}

/** Whether the recorded process itself, and not a later one with its pid, is running. */
export function isRunning(record: Pick<ProcessRecord, 'pid' | 'commandLine'>): boolean {
  return record.commandLine !== '' && commandLineOf(record.pid) === record.commandLine;
}

/** Signals a process and waits until it is gone; kills it, with its process group, when it takes too long. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  const commandLine = commandLineOf(pid);
  if (commandLine === null) return;
  const deadline = Date.now() + STOP_LIMIT_MS;
  signalProcess(pid, signal);
  while (isRunning({ pid, commandLine })) {
    if (Date.now() > deadline) signalProcess(-pid, 'SIGKILL');
    await sleep(20);
  }
}

/** The command line of a running process; null when there is none, or only its remains (a zombie). */
export function commandLineOf(pid: number): string | null {
  try {
    const text = existsSync('/proc/self/cmdline')
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      : execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return text === '' ? null : text;
  } catch {
    // Both ways fail exactly when the process does not exist.
    return null;
  }
}

/** Sends a signal to a process, or to a group when negative; one that has just ended is none of our concern. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

function isAlive(pid: number): boolean {
  return commandLineOf(pid) !== null;
}

function readRecord(file: string): ProcessRecord | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Half written when its writer was killed, or removed by another run meanwhile.
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
