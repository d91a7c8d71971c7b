import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chromiumPath } from '../../local/chromium.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keryu-chromium-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('the Chromium that CHROMIUM_PATH names comes before the one in PATH', async () => {
  const named = await program('named', 'my-browser');
  await program('path', 'chromium');
  expect(await chromiumPath({ CHROMIUM_PATH: named, PATH: join(directory, 'path') })).toBe(named);
});

test('a CHROMIUM_PATH that is no program is said to be so, and nothing else is tried', async () => {
  await program('path', 'chromium');
  const environment = { CHROMIUM_PATH: '/nowhere/chromium', PATH: join(directory, 'path') };
  await expect(chromiumPath(environment)).rejects.toThrow('CHROMIUM_PATH=/nowhere/chromium is not a program.');
});

test.each(['chromium', 'chromium-browser', 'google-chrome'])('a browser in PATH is found as %s', async (name) => {
  const inPath = await program('path', name);
  expect(await chromiumPath({ PATH: join(directory, 'path') })).toBe(inPath);
});

test('where there is none, apt-get installs it', async () => {
  const [path, installed] = [join(directory, 'path'), join(directory, 'path/chromium')];
  const install = `case "$*" in *install*chromium*) printf '#!/bin/sh\\n' > ${installed}; chmod +x ${installed};; esac`;
  await program('path', 'apt-get', install);
  expect(await chromiumPath({ PATH: await withSystem(path) })).toBe(installed);
});

test('where apt-get is not allowed to, it is said what to do', async () => {
  await program('path', 'apt-get', 'exit 100');
  const PATH = await withSystem(join(directory, 'path'));
  await expect(chromiumPath({ PATH })).rejects.toThrow(/apt-get could not install it: install it .* CHROMIUM_PATH/);
});

test('where there is neither Chromium nor apt-get, it is said what to do', async () => {
  await expect(chromiumPath({ PATH: join(directory, 'empty') })).rejects.toThrow(
    'Chromium is missing: install it (on Debian: apt-get install chromium), or set CHROMIUM_PATH to its path.',
  );
});

/** That folder with what an installation runs, and nothing else of this machine. */
async function withSystem(path: string): Promise<string> {
  for (const name of ['chmod', 'flock', 'sh']) await symlink(join('/usr/bin', name), join(path, name));
  return path;
}

async function program(folder: string, name: string, script = ''): Promise<string> {
  const path = join(directory, folder, name);
  await mkdir(join(directory, folder), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}
