import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DB } from './tables.ts';

/** A pool of connections or a transaction: every query takes one first, so it works inside a transaction. */
export type Database = Kysely<DB>;

/** Longest that one statement may run, in milliseconds: no request or activity waits for the database for ever. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** Opens a pool; connections are made when they are needed. */
export function openDatabase(options: { url: string; poolSize: number }): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'keryu-messaging',
  });
  // A connection that dies while idle is replaced at the next query; without a listener the process would end.
  pool.on('error', () => undefined);
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** Whether an error says that a unique index refused a row (PostgreSQL, appendix A: class 23). */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '23505' && (index === undefined || error.constraint === index)
  );
}
