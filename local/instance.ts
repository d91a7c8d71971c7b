import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf, isRunning } from './process-record.ts';
import { StartError } from './start-error.ts';

/**
 * Makes this process the only local stack of the checkout; the function that comes back gives that up again.
 * @throws {StartError} when another one is running
 */
export function claimInstance(runDirectory: string): () => void {
  mkdirSync(runDirectory, { recursive: true });
  const file = fileOf(runDirectory);
  if (!claim(file)) {
    const holder = runningInstance(runDirectory);
    if (holder !== null && holder !== process.pid) throw alreadyRunning(holder);
    rmSync(file, { force: true });
    if (!claim(file)) throw new StartError('Another start of this checkout came first: look at its terminal.');
  }
  return () => rmSync(file, { force: true });
}

/** The process of the local stack that runs; null if none does. */
export function runningInstance(runDirectory: string): number | null {
  const holder = readHolder(fileOf(runDirectory));
  return holder !== null && isRunning(holder) ? holder.pid : null;
}

function fileOf(runDirectory: string): string {
  return join(runDirectory, 'start.json');
}

/** False when the file is there already. */
function claim(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, commandLine: commandLineOf(process.pid) }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function alreadyRunning(pid: number): StartError {
  return new StartError(
    `The stack of this checkout is already running (process ${pid}): use that one, or end it with Ctrl-C or \`kill ${pid}\`.`,
  );
}

function readHolder(file: string): { pid: number; commandLine: string } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Removed meanwhile, or half written when its writer was killed: nobody holds the claim.
    return null;
  }
}
