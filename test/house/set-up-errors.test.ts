import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../local/ports.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const KEY = Buffer.alloc(32).toString('base64');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

let nowhere: string;
let directory: string;
const servers: Server[] = [];

beforeAll(async () => {
  nowhere = `127.0.0.1:${await freePort()}`;
  directory = mkdtempSync(join(tmpdir(), 'keryu-errors-'));
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What every program can start with, and servers that are not there. */
function environment(given: Record<string, string> = {}): Record<string, string> {
  return {
    ...{ PATH: process.env.PATH ?? '', DATABASE_URL: `postgres://u:p@${nowhere}/x`, TEMPORAL_ADDRESS: nowhere },
    ...{ ENCRYPTION_KEYS: `first:${KEY}`, LOOKUP_KEY: KEY, API_PORT: '0', WORKER_PORT: '0' },
    ...given,
  };
}

async function run(program: string, parameters: string[], env: Record<string, string>): Promise<Ended> {
  try {
    const options = { env, cwd: ROOT, timeout: 25_000 };
    return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...parameters], options)) };
  } catch (error) {
    return error as Ended;
  }
}

/** The one sentence with which a command ends; the test fails if there is more, such as a stack. */
function sentenceOf({ stderr }: Ended): string {
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

/** The last line of a service, which is JSON like all others. */
function lastEntryOf({ stdout, stderr }: Ended): Record<string, unknown> {
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .at(-1) as Record<string, unknown>;
}

const COMMANDS: [name: string, parameters: string[]][] = [
  ['migrate', []],
  ['create-key', ['ops', 'messages:send']],
  ['doctor', []],
  ['templates', ['export', 'somewhere']],
  ['promote-worker', []],
];
const SERVICES = ['api', 'worker'];

describe.each(COMMANDS)('the command %s', (name, parameters) => {
  const program = `src/bin/${name}.ts`;

  it('says in one sentence which variables are missing', async () => {
    const ended = await run(program, parameters, { PATH: process.env.PATH ?? '' });
    expect(ended.code).toBe(1);
    expect(sentenceOf(ended)).toMatch(
      /DATABASE_URL is not set; ENCRYPTION_KEYS is not set; LOOKUP_KEY is not set \(`npm start`/,
    );
  });

  it('says in one sentence which variable is wrong, without its value', async () => {
    const ended = await run(program, parameters, environment({ LOOKUP_KEY: 'my-own-secret' }));
    expect(ended.code).toBe(1);
    expect(sentenceOf(ended)).toBe(
      'The environment is not usable: LOOKUP_KEY is not a 32-byte key in base64 (openssl rand -base64 32).',
    );
  });
});

describe.each(['migrate', 'create-key', 'templates'])('the command %s', (name) => {
  const parameters = COMMANDS.find(([command]) => command === name)?.[1] ?? [];

  it.each([
    ['is not there', () => `postgres://u:p@${nowhere}/x`, /^PostgreSQL cannot be reached \(ECONNREFUSED\)/],
    ['has no such database', () => urlWith({ pathname: '/missing' }), /names does not exist/],
    ['refuses the password', () => urlWith({ password: 'wrong' }), /refuses the password/],
    ['is on no machine', () => 'postgres://u:p@nowhere.invalid/x', /^PostgreSQL cannot be reached/],
  ])('says in one sentence that PostgreSQL %s', async (_what, url, sentence) => {
    const ended = await run(`src/bin/${name}.ts`, parameters, environment({ DATABASE_URL: url() }));
    expect(ended.code).toBe(1);
    expect(sentenceOf(ended)).toMatch(sentence);
  });
});

it('create-key says that the database has no schema yet', async () => {
  const url = urlWith({ pathname: '/postgres' });
  const ended = await run('src/bin/create-key.ts', ['ops', 'messages:send'], environment({ DATABASE_URL: url }));
  expect(sentenceOf(ended)).toContain('run `npm run migrate` first');
});

it('promote says that Temporal cannot be reached', { timeout: 40_000 }, async () => {
  const ended = await run('src/bin/promote-worker.ts', [], environment());
  expect(ended.code).toBe(1);
  expect(sentenceOf(ended)).toMatch(/^Temporal cannot be reached/);
});

describe.each(SERVICES)('the process %s', (name) => {
  const program = `src/bin/${name}.ts`;

  it('logs as JSON which variables are missing', async () => {
    const ended = await run(program, [], { PATH: process.env.PATH ?? '' });
    expect(ended.code).toBe(1);
    expect(lastEntryOf(ended)).toMatchObject({
      ...{ level: 60, service: name },
      msg: expect.stringContaining('DATABASE_URL is not set'),
    });
  });
});

it('the api logs as JSON that its port is in use', async () => {
  const port = await freePort();
  await new Promise<void>((done) => servers.push(createServer().listen(port, '127.0.0.1', done)));
  const ended = await run('src/bin/api.ts', [], environment({ API_PORT: String(port) }));
  expect(ended.code).toBe(1);
  expect(lastEntryOf(ended).msg).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use`));
});

it('the worker logs as JSON that Temporal cannot be reached', { timeout: 40_000 }, async () => {
  const ended = await run('src/bin/worker.ts', [], environment());
  expect(ended.code).toBe(1);
  expect(lastEntryOf(ended).msg).toMatch(/^Temporal cannot be reached/);
});

it('the worker logs as JSON that the namespace does not exist', { timeout: 40_000 }, async () => {
  const given = { TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: 'nobody-made-it' };
  const ended = await run('src/bin/worker.ts', [], environment(given));
  expect(ended.code).toBe(1);
  expect(lastEntryOf(ended).msg).toMatch(/does not know the namespace/);
});

describe('npm start', () => {
  it('says in one sentence that a variable names no port', async () => {
    const ended = await run('local/start.ts', [], { ...minimal(), API_PORT: 'eighty' });
    expect(ended.code).toBe(1);
    expect(sentenceOf(ended)).toBe('API_PORT=eighty is not a port.');
  });

  it('says in one sentence that half of an account is set', async () => {
    const ended = await run('local/start.ts', [], { ...minimal(), TWILIO_AUTH_TOKEN: 'x' });
    expect(sentenceOf(ended)).toContain('belong together');
  });

  it('says in one sentence that the named Temporal CLI is no program', { timeout: 60_000 }, async () => {
    const file = join(directory, 'no-program');
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    const given = { DATABASE_URL: `postgres://u:p@${nowhere}/x`, TEMPORAL_CLI: file };
    const ended = await run('local/start.ts', [], { ...minimal(), ...given });
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toBe(`TEMPORAL_CLI=${file} is not a program.`);
    expect(ended.code).toBe(1);
  });

  function minimal(): Record<string, string> {
    return { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
  }
});

/** The server of the tests, with something about its URL changed. */
function urlWith(change: { pathname?: string; password?: string }): string {
  return Object.assign(new URL(inject('postgresUrl')), change).href;
}
