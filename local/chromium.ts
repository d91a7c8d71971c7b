import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isProgram, programInPath } from './program.ts';
import { withProgress } from './progress.ts';
import { StartError } from './start-error.ts';

const run = promisify(execFile);

/** What Debian, Ubuntu, Fedora and Google call it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const REMEDY = 'install it (on Debian: apt-get install chromium), or set CHROMIUM_PATH to its path';

/** Held while one process installs, so that others wait for it instead of failing beside it. */
const LOCK = join(tmpdir(), 'keryu-chromium.lock');

/** Without the packages that Debian only recommends, but with a font of theirs, which pages look like themselves with. */
const INSTALL = `
  command -v chromium >/dev/null && exit
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-liberation
`;

/**
 * Path of Chromium: the one that CHROMIUM_PATH names, else the one in PATH, else Debian's, which apt-get installs where
 * this process is allowed to.
 * @throws {StartError} when none of them can be had
 */
export async function chromiumPath(environment: NodeJS.ProcessEnv): Promise<string> {
  const named = environment.CHROMIUM_PATH?.trim();
  if (named) {
    if (isProgram(named)) return named;
    throw new StartError(`CHROMIUM_PATH=${named} is not a program.`);
  }
  return inPath(environment.PATH) ?? (await installed(environment));
}

function inPath(path: string | undefined): string | null {
  return NAMES.map((name) => programInPath(name, path)).find((found) => found !== null) ?? null;
}

async function installed(environment: NodeJS.ProcessEnv): Promise<string> {
  if (programInPath('apt-get', environment.PATH) === null) throw new StartError(`Chromium is missing: ${REMEDY}.`);
  try {
    await withProgress('Installing Chromium with apt-get (once, some minutes)', () =>
      run('flock', [LOCK, 'sh', '-c', INSTALL], { env: environment }),
    );
  } catch (error) {
    throw new StartError(`Chromium is missing and apt-get could not install it: ${REMEDY}.`, { cause: error });
  }
  const found = inPath(environment.PATH);
  if (found === null) throw new StartError(`apt-get has installed no Chromium in PATH: ${REMEDY}.`);
  return found;
}
