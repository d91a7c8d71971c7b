import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { createPreparer } from './prepared-statements.ts';
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
  // A connection that dies is replaced at the next query, whose caller hears of it; without listeners, for idle ones
  // and for those between two statements of a transaction, the process would end.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('connect', createPreparer());
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** Whether an error says that a unique index refused a row (PostgreSQL, appendix A: class 23). */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '23505' && (index === undefined || error.constraint === index)
  );
}

/**
 * Whether an error says that the database is away, not that it refuses a statement: the connection could not be made or
 * broke off (PostgreSQL, appendix A: class 08 and 57P), or none was free in time.
 */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (/^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)) return true;
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof pg.DatabaseError) return /^(08|57P|53300)/.test(code);
  return ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'].includes(code);
}

/** Whether an error says that a statement ran for too long, or was ended by an operator (PostgreSQL, appendix A: 57014). */
export function isStatementEnded(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '57014';
}
