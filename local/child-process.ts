import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, createWriteStream, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { recordProcess, STOP_LIMIT_MS, signalProcess } from './process-record.ts';

export interface ChildOptions {
  /** Names its record in the run directory. */
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Everything that the child prints is added to this file. */
  logFile: string;
  /** Where the child is written down while it runs. */
  runDirectory: string;
  /** What ends it in good order; default SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** User to run as; only root can choose. */
  user?: { uid: number; gid: number };
  /** Sees each line that the child prints. */
  onLine?: (line: string) => void;
}

export interface Child {
  pid: number | undefined;
  /** Resolves when it has ended, with words that say how: `exit code 1`, `SIGKILL`. */
  exited: Promise<string>;
  /** Ends it in good order, or kills it with its group when that takes too long. Harmless twice. */
  stop(): Promise<void>;
}

/**
 * Starts a process in a session of its own: Ctrl-C in the terminal reaches only us, so that we can end the parts of the
 * stack in order.
 */
export function startChild(options: ChildOptions): Child {
  const child = spawnLogged(options);
  const stopSignal = options.stopSignal ?? 'SIGTERM';
  const { pid } = child;
  const forget = pid === undefined ? null : recordProcess(options.runDirectory, options.name, pid, stopSignal);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).finally(() => forget?.());
  return { pid, exited, stop: () => stopChild(child, exited, stopSignal) };
}

/** The last lines of a log, for a message about what went wrong. */
export function lastLines(file: string, count = 10): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

function spawnLogged({ command, args, env, logFile, user, onLine }: ChildOptions): ChildProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const options = { env, detached: true, ...user };
  if (onLine === undefined) {
    const child = spawn(command, args, { ...options, stdio: ['ignore', log, log] });
    closeSync(log);
    return child;
  }
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const file = createWriteStream('', { fd: log });
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      file.write(`${line}\n`);
      onLine(line);
    });
  }
  child.once('close', () => file.end());
  return child;
}

async function stopChild(child: ChildProcess, exited: Promise<string>, signal: NodeJS.Signals): Promise<void> {
  const { pid } = child;
  if (pid !== undefined && child.exitCode === null && child.signalCode === null) {
    signalProcess(pid, signal);
    const killer = setTimeout(() => signalProcess(-pid, 'SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(killer);
  }
  await exited;
}
