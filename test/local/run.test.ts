import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandLineOf } from '../../local/process-record.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** All that the command is made of. */
const FILES = ['local', 'src/bin/file-sentence.ts'];

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keryu-run-'));
  for (const file of FILES) cpSync(join(ROOT, file), join(root, file), { recursive: true });
  mkdirSync(join(root, '.local/run'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, '.local/service.env'), 'DATABASE_URL="local"\nSMS_FROM="+15005550006"\n');
  const print = 'console.log(JSON.stringify([process.env.DATABASE_URL, process.env.SMS_FROM, process.argv.slice(2)]));';
  writeFileSync(join(root, 'program.ts'), print);
});

afterEach(() => rmSync(root, { recursive: true }));

/** Writes down a process as that of the local stack. */
function claim(pid: number, commandLine: string | null): void {
  writeFileSync(join(root, '.local/run/start.json'), JSON.stringify({ pid, commandLine }));
}

async function seen(env: Record<string, string> = {}, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['local/run.ts', 'program.ts', ...args], {
    cwd: root,
    env,
  });
  return JSON.parse(stdout);
}

test('a program gets the environment of the stack that runs, and its own arguments', async () => {
  claim(process.pid, commandLineOf(process.pid));
  expect(await seen({}, '--note', 'why')).toEqual(['local', '+15005550006', ['--note', 'why']]);
});

test('a variable that is set goes before the one of the stack', async () => {
  claim(process.pid, commandLineOf(process.pid));
  expect(await seen({ SMS_FROM: '+14155550100' })).toEqual(['local', '+14155550100', []]);
});

test('a shell that has the address of the stack from local.env gets the rest of its environment too', async () => {
  claim(process.pid, commandLineOf(process.pid));
  expect(await seen({ DATABASE_URL: 'local' })).toEqual(['local', '+15005550006', []]);
});

test.each(['DATABASE_URL', 'TEMPORAL_ADDRESS'])(
  'a program of another deployment, by %s, gets nothing of the stack',
  async (name) => {
    claim(process.pid, commandLineOf(process.pid));
    const [database, sender] = (await seen({ [name]: 'elsewhere' })) as string[];
    expect(database).not.toBe('local');
    expect(sender).toBeNull();
  },
);

test('settings that a killed stack has left behind are not used', async () => {
  claim(2 ** 22 + 1, 'node local/start.ts');
  expect(await seen()).toEqual([null, null, []]);
});

test('without a stack a program runs with what is set', async () => {
  expect(await seen({ SMS_FROM: '+14155550100' })).toEqual([null, '+14155550100', []]);
});
