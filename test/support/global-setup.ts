import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { placesOf } from '../../local/places.ts';
import { freePort } from '../../local/ports.ts';
import { startPostgres } from '../../local/postgres.ts';
import { endLeftovers } from '../../local/process-record.ts';
import { startTemporal } from '../../local/temporal.ts';
import { temporalPath, testServerPath } from '../../local/temporal-program.ts';
import { bundleWorkflows } from '../../src/temporal/worker.ts';
import { createTemplateDatabase } from './template-database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of a database whose owner may create others. */
    postgresUrl: string;
    /** Host and port of a Temporal development server. */
    temporalAddress: string;
    /** Path of the server that skips time. */
    testServerPath: string;
    /** Path of the bundled workflows. */
    workflowBundlePath: string;
  }
}

const PLACES = placesOf(resolve(import.meta.dirname, '../..'));

/** Starts one PostgreSQL and one Temporal for all tests of a run, and migrates the template of the test databases. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Servers of a run that was killed.
  await endLeftovers(PLACES.run);
  const directory = await mkdtemp(join(tmpdir(), 'keryu-test-'));
  // The database user, another one than root, passes through it.
  await chmod(directory, 0o711);
  const teardown = async () => {
    await endLeftovers(PLACES.run);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [postgresUrl, temporalAddress, testServer, workflowBundle] = await Promise.all([
      startDatabase(directory),
      startWorkflowServer(directory),
      testServerPath(PLACES.tools, process.env),
      writeWorkflowBundle(directory),
    ]);
    project.provide('postgresUrl', postgresUrl);
    project.provide('temporalAddress', temporalAddress);
    project.provide('testServerPath', testServer);
    project.provide('workflowBundlePath', workflowBundle);
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}

async function startDatabase(directory: string): Promise<string> {
  const { url } = await startPostgres({
    directory: join(directory, 'postgres'),
    port: await freePort(),
    password: randomUUID(),
    logFile: join(directory, 'postgres.log'),
    runDirectory: PLACES.run,
    durable: false,
  });
  await createTemplateDatabase(url);
  return url;
}

async function startWorkflowServer(directory: string): Promise<string> {
  const { address } = await startTemporal({
    program: await temporalPath(PLACES.tools, process.env),
    port: await freePort(),
    uiPort: null,
    databaseFile: null,
    logFile: join(directory, 'temporal.log'),
    runDirectory: PLACES.run,
  });
  return address;
}

async function writeWorkflowBundle(directory: string): Promise<string> {
  const { code } = await bundleWorkflows();
  const file = join(directory, 'workflows.js');
  await writeFile(file, code);
  return file;
}
