import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const BOOTSTRAP = join(import.meta.dirname, '../../local/bootstrap.cjs');
const { installIsNeeded } = createRequire(import.meta.url)(BOOTSTRAP) as { installIsNeeded(root: string): boolean };

const LOCKED = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '2.0.0', integrity: 'sha512-a' },
  'node_modules/only-elsewhere': { version: '1.0.0', integrity: 'sha512-e', optional: true },
};
const INSTALLED = { 'node_modules/a': LOCKED['node_modules/a'] };

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keryu-bootstrap-'));
  writeLock('package-lock.json', LOCKED);
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
});

afterEach(() => rmSync(root, { recursive: true }));

test('packages that fit the lock file are not installed again', () => {
  writeLock('node_modules/.package-lock.json', INSTALLED);
  expect(installIsNeeded(root)).toBe(false);
});

test('packages are installed when there are none', () => {
  rmSync(join(root, 'node_modules'), { recursive: true });
  expect(installIsNeeded(root)).toBe(true);
});

test('packages are installed again when an install was broken off, so that npm has not written its record', () => {
  expect(installIsNeeded(root)).toBe(true);
});

test('packages are installed again when the lock file names another version', () => {
  writeLock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.9.9', integrity: 'sha512-a' } });
  expect(installIsNeeded(root)).toBe(true);
});

test('packages are installed again when the lock file names one more', () => {
  writeLock('node_modules/.package-lock.json', INSTALLED);
  writeLock('package-lock.json', { ...LOCKED, 'node_modules/b': { version: '1.0.0', integrity: 'sha512-b' } });
  expect(installIsNeeded(root)).toBe(true);
});

test('packages are installed again when they were installed on another machine', () => {
  const foreign = { ...LOCKED['node_modules/only-elsewhere'], os: ['another-system'] };
  writeLock('node_modules/.package-lock.json', { ...INSTALLED, 'node_modules/only-elsewhere': foreign });
  expect(installIsNeeded(root)).toBe(true);
});

test('packages of another checkout behind a link are never replaced', async () => {
  cpSync(BOOTSTRAP, join(root, 'local/bootstrap.cjs'));
  const other = join(root, 'other');
  mkdirSync(join(other, 'precious'), { recursive: true });
  rmSync(join(root, 'node_modules'), { recursive: true });
  symlinkSync(other, join(root, 'node_modules'));
  await expect(start('-e', '')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('is a link') });
  expect(existsSync(join(other, 'precious'))).toBe(true);
});

test('the script runs on the Node of the packages, with their programs first in PATH', async () => {
  cpSync(BOOTSTRAP, join(root, 'local/bootstrap.cjs'));
  writeLock('node_modules/.package-lock.json', INSTALLED);
  const { stdout } = await start('-p', 'process.env.PATH.split(":")[0]');
  expect(stdout.trim()).toBe(join(root, 'node_modules/.bin'));
});

test('the exit code of the script is passed on', async () => {
  cpSync(BOOTSTRAP, join(root, 'local/bootstrap.cjs'));
  writeLock('node_modules/.package-lock.json', INSTALLED);
  await expect(start('-e', 'process.exit(7)')).rejects.toMatchObject({ code: 7 });
});

function start(...args: string[]) {
  return promisify(execFile)(process.execPath, [join(root, 'local/bootstrap.cjs'), ...args]);
}

function writeLock(file: string, packages: object): void {
  writeFileSync(join(root, file), JSON.stringify({ packages }));
}
