import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { placesOf } from '../../local/places.ts';
import { endLeftovers, signalProcess } from '../../local/process-record.ts';
import { type Stack, startStack } from '../../local/stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BACK_LIMIT = { timeout: 60_000, interval: 100 };

let directory: string;
let stack: Stack;
let run: string;
const said: string[] = [];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keryu-local-stack-'));
  // The database user, another one than root, passes through it.
  chmodSync(directory, 0o711);
  const places = { ...placesOf(directory), root: ROOT, tools: placesOf(ROOT).tools };
  run = places.run;
  const environment = {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME, WORKFLOW_BUNDLE: inject('workflowBundlePath') },
    ...{ EMAIL_RETRY_DELAYS: '1 1 1 1 1', LOG_LEVEL: 'info' },
  };
  stack = await startStack({ places, environment, stops, say: (sentence) => said.push(sentence) });
}, 120_000);

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  await endLeftovers(run);
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

describe('a part of the local stack that is killed', () => {
  const PARTS = ['postgres', 'temporal', 'sandbox', 'api', 'worker'] as const;

  it.each(PARTS)(
    'is started again at the same place, and messages go through: %s',
    { timeout: 120_000 },
    async (part) => {
      const before = environmentFile();
      const first = await send(`before ${part}`);
      const pid = pidOf(part);
      signalProcess(pid, 'SIGKILL');
      await vi.waitFor(() => expect(pidOf(part)).not.toBe(pid), BACK_LIMIT);
      const second = await vi.waitFor(() => send(`after ${part}`), BACK_LIMIT);
      await vi.waitFor(
        async () => expect([await statusOf(first), await statusOf(second)]).toEqual(['sent', 'sent']),
        BACK_LIMIT,
      );
      expect(environmentFile()).toBe(before);
    },
  );
});

it('a port that somebody takes while its part is down is replaced, and everything finds the new one', {
  timeout: 120_000,
}, async () => {
  const { SANDBOX_URL = '' } = parseEnv(environmentFile());
  const pid = pidOf('sandbox');
  signalProcess(pid, 'SIGKILL');
  const thief = await take(Number(new URL(SANDBOX_URL).port));
  try {
    await vi.waitFor(() => expect(parseEnv(environmentFile()).SANDBOX_URL).not.toBe(SANDBOX_URL), BACK_LIMIT);
    // The worker is started again with the new address.
    await vi.waitFor(
      () => expect(said.filter((line) => line.includes('worker runs again')).length).toBe(2),
      BACK_LIMIT,
    );
    const id = await vi.waitFor(() => send('after the move'), BACK_LIMIT);
    await vi.waitFor(async () => expect(await statusOf(id)).toBe('sent'), BACK_LIMIT);
  } finally {
    thief.close();
  }
});

it('leaves nothing behind if it is stopped while a part is being started again', { timeout: 60_000 }, async () => {
  said.length = 0;
  signalProcess(pidOf('worker'), 'SIGKILL');
  await vi.waitFor(() => expect(said.join(' ')).toContain('The worker ended'));
  for (const stop of stops.splice(0).toReversed()) await stop();
  expect(existsSync(run) ? readdirSync(run) : []).toEqual([]);
  expect(existsSync(join(directory, '.local/local.env'))).toBe(false);
});

function environmentFile(): string {
  return readFileSync(join(directory, '.local/local.env'), 'utf8');
}

/** The process of that part as it is written down. */
function pidOf(part: string): number {
  const [name = ''] = readdirSync(run).filter((file) => file.startsWith(`${part}-`));
  if (name === '') throw new Error(`There is no process of ${part}.`);
  return Number(/-(\d+)\.json$/.exec(name)?.[1]);
}

async function send(content: string): Promise<string> {
  const body = { recipient: { email: 'someone@example.com' }, channel: 'email', subject: 'Hello', content };
  const { id } = await call('/api/messages/', { method: 'POST', body: JSON.stringify(body) });
  if (typeof id !== 'string') throw new Error('not accepted');
  return id;
}

async function statusOf(id: string): Promise<unknown> {
  return (await call(`/api/messages/${id}/`)).status;
}

async function call(path: string, options: RequestInit = {}): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(stack.apiUrl + path, { ...options, headers, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** Listens on a port as soon as it can. */
async function take(port: number) {
  return await vi.waitFor(
    () =>
      new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
        const server = createServer().once('error', reject);
        server.listen(port, '127.0.0.1', () => resolve(server));
      }),
    { timeout: 5_000, interval: 1 },
  );
}
