import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';

const DIRECTORY = join(import.meta.dirname, '../histories');

/** The names of the histories that are kept. */
export async function historyNames(): Promise<string[]> {
  return (await readdir(DIRECTORY)).map((file) => file.replace(/\.json$/, '')).sort();
}

/** Keeps a workflow's history as readable JSON: what the SDK has as bytes stands there as text. */
export async function writeHistory(name: string, workflow: WorkflowHandle): Promise<void> {
  const { events } = await workflow.fetchHistory();
  await writeFile(fileOf(name), `${JSON.stringify({ events: readable(events) }, null, 1)}\n`);
}

/** @throws where no history of this name is kept */
export async function readHistory(name: string): Promise<unknown> {
  return JSON.parse(await readFile(fileOf(name), 'utf8'), (_, value) =>
    isText(value) ? new TextEncoder().encode(value.text) : value,
  );
}

function fileOf(name: string): string {
  return join(DIRECTORY, `${name}.json`);
}

function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return { text: new TextDecoder().decode(value) };
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  if (isLong(value)) return value.high * 2 ** 32 + (value.low >>> 0);
  // Which machine recorded a history is nobody's concern.
  const entries = Object.entries(value).filter(([key]) => key !== 'identity');
  return Object.fromEntries(entries.map(([key, inner]) => [key, readable(inner)]));
}

function isLong(value: object): value is { low: number; high: number } {
  return 'low' in value && 'high' in value;
}

function isText(value: unknown): value is { text: string } {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'text';
}
