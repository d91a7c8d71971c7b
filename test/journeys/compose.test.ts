import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { placesOf } from '../../local/places.ts';
import { freePort } from '../../local/ports.ts';
import { temporalPath } from '../../local/temporal-program.ts';
import { type ComposeService, composed, SECRETS, STAGING, stringsOf } from '../support/compose-file.ts';
import { createEmptyDatabase } from '../support/database.ts';

/*
 * What docker-compose.yml starts in staging, without Docker: the same commands with the same variables. Only names of
 * containers and ports are those of this machine.
 */

const ROOT = resolve(import.meta.dirname, '../..');
const LIMIT = { timeout: 60_000, interval: 200 };

const { services } = composed({ ...SECRETS, ...STAGING, TEMPORAL_NAMESPACE: `compose-${Date.now()}` });
const children: { child: ChildProcess; output: () => string }[] = [];
let database: { url: string; drop(): Promise<void> };
let ports: Record<'api' | 'worker' | 'sandbox' | 'smtp', number>;

beforeAll(async () => {
  database = await createEmptyDatabase();
  ports = { api: await freePort(), worker: await freePort(), sandbox: await freePort(), smtp: await freePort() };
});

afterAll(async () => {
  for (const { child } of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await database.drop();
});

test('the processes of docker-compose.yml see a message through, with the first key that it makes', {
  timeout: 240_000,
}, async () => {
  await runToEnd('temporal-namespace');
  await runToEnd('migrate');
  start('sandbox');
  start('api');
  const worker = start('worker');
  await vi.waitFor(() => expect(worker()).toContain('worker is running'), LIMIT);
  expect(await runToEnd('promote')).toBe('New messages start on workers without a build id.\n');
  const key = (await runToEnd('create-key')).trim();

  const email = await send(key, { channel: 'email', recipient: { email: 'ada@example.com' }, subject: 'Hi' });
  const sms = await send(key, { channel: 'sms', recipient: { phone: '+14155550123' } });
  // The receipt of the text finds its way back from the sandbox, signed for the public URL.
  await vi.waitFor(async () => expect(await stateOf(key, sms)).toBe('sent, delivered'), LIMIT);
  await vi.waitFor(async () => expect(await stateOf(key, email)).toMatch(/^sent/), LIMIT);
  expect(children.flatMap(({ output }) => output().split('\n')).filter((line) => !/^(\{.*\})?$/.test(line))).toEqual(
    [],
  );
});

/** Starts a service that stays; the function gives what it has printed. */
function start(name: string): () => string {
  const { program, parameters, env } = commandOf(name);
  const child = spawn(program, parameters, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const output = () => printed;
  children.push({ child, output });
  return output;
}

/** Runs a service that ends, and gives what it has printed. */
async function runToEnd(name: string): Promise<string> {
  const { program, parameters, env } = commandOf(name);
  const { stdout } = await promisify(execFile)(program, parameters, { cwd: ROOT, env, timeout: 90_000 });
  return stdout;
}

function commandOf(name: string) {
  const service: ComposeService | undefined = services[name];
  const [program = '', ...parameters] = [...(service?.entrypoint ?? []), ...(service?.command ?? [])];
  return {
    program: program === 'node' ? process.execPath : program,
    parameters,
    env: { PATH: path, ...Object.fromEntries(Object.entries(stringsOf(service?.environment)).map(here)) },
  };
}

const path = [dirname(await temporalPath(placesOf(ROOT).tools, process.env)), process.env.PATH].join(':');

/** A variable as it has to be on this machine. */
function here([name, value]: [string, string]): [string, string] {
  const bound: Record<string, number> = {
    ...{ API_PORT: ports.api, WORKER_PORT: ports.worker, SANDBOX_PORT: ports.sandbox, SANDBOX_SMTP_PORT: ports.smtp },
  };
  if (name in bound) return [name, String(bound[name])];
  const places: [there: RegExp, here: string][] = [
    [/^postgres:.*@postgres:5432\/keryu$/, database.url],
    [/^temporal:7233$/, inject('temporalAddress')],
    [/sandbox:8090/, `127.0.0.1:${ports.sandbox}`],
    [/sandbox:2525/, `127.0.0.1:${ports.smtp}`],
    // Nobody on the way: the public URL stays one that cannot be reached, as from inside of a container.
    [/gateway:8080/, `127.0.0.1:${ports.api}`],
  ];
  return [name, places.reduce((text, [there, place]) => text.replace(there, () => place), value)];
}

async function send(key: string, message: object): Promise<string> {
  const body = JSON.stringify({ content: 'It works.', ...message });
  const answer = await vi.waitFor(() => call(key, '/api/messages/', { method: 'POST', body }), LIMIT);
  return String(answer.id);
}

async function stateOf(key: string, id: string): Promise<string> {
  const { status, delivery_status } = await call(key, `/api/messages/${id}/`);
  return `${status}, ${delivery_status}`;
}

async function call(key: string, at: string, options: RequestInit = {}): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${ports.api}${at}`, { ...options, headers });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
