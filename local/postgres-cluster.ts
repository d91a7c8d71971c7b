import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresHome } from './postgres-home.ts';
import { commandLineOf, endProcess } from './process-record.ts';
import { StartError } from './start-error.ts';

export interface ClusterOptions {
  /** Name of its superuser. */
  superuser: string;
  password: string;
  logFile: string;
  /** False leaves out waiting for the disk. */
  durable: boolean;
}

/** UTF-8 and one sort order everywhere, whatever the machine's locale (PostgreSQL 18, chapter 23.1.4). */
const LOCALE_FLAGS = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

/**
 * The data directory below the home, ready for a server: created if need be, and left by an earlier server.
 * @throws {StartError} when it cannot be created; the sentence names the log
 */
export async function prepareCluster(home: PostgresHome, options: ClusterOptions): Promise<string> {
  const cluster = join(home.directory, 'cluster');
  if (existsSync(cluster)) await endEarlierServer(cluster);
  else await createCluster(home, cluster, options);
  return cluster;
}

/** PostgreSQL does not depend on the environment, and programs of another user should not see ours. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

/** After a kill, the old server may still run, or its postmaster.pid name a process that has nothing to do with it. */
async function endEarlierServer(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
  if (pid > 0 && commandLineOf(pid)?.includes(cluster)) await endProcess(pid, 'SIGINT');
  await rm(file, { force: true });
}

/** Made beside its place and moved there when it is complete, so that a kill leaves no half a cluster. */
async function createCluster(home: PostgresHome, cluster: string, options: ClusterOptions): Promise<void> {
  const draft = join(home.directory, 'draft');
  const passwordFile = join(home.directory, 'password');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  if (home.user !== null) for (const path of [draft, passwordFile]) await chown(path, home.user.uid, home.user.gid);
  const flags = [
    `--username=${options.superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    ...LOCALE_FLAGS,
  ];
  if (!options.durable) flags.push('--no-sync');
  try {
    const runAs = { env: postgresEnvironment(), cwd: home.directory, ...home.user };
    await promisify(execFile)(join(home.bin, 'initdb'), [`--pgdata=${draft}`, ...flags], runAs);
  } catch (error) {
    await mkdir(dirname(options.logFile), { recursive: true });
    await appendFile(options.logFile, `${error}\n`);
    throw new StartError(`PostgreSQL could not create ${cluster}; ${options.logFile} says why.`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, cluster);
}
