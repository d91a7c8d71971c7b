import type pg from 'pg';

/**
 * How many different statements a process prepares. What comes after that, such as rare combinations of filters, is
 * run unprepared, so that connections do not fill up with statements that are hardly used again.
 */
const MAX_PREPARED = 200;

type Query = (text: unknown, values?: unknown, callback?: unknown) => unknown;

/**
 * Makes connections prepare the statements with parameters: each parses a statement once instead of at every run, and
 * may keep its plan (PostgreSQL 18, PREPARE). A pooler in between has to support that, as PgBouncer does from 1.21 on.
 */
export function createPreparer(): (client: pg.PoolClient) => void {
  const names = new Map<string, string>();

  function nameOf(text: string): string | undefined {
    const known = names.get(text);
    if (known !== undefined || names.size >= MAX_PREPARED) return known;
    const name = `statement_${names.size + 1}`;
    names.set(text, name);
    return name;
  }

  return (client) => {
    const query = client.query.bind(client) as Query;
    const prepared: Query = (text, values, callback) => {
      const isPlain = typeof text !== 'string' || !Array.isArray(values) || values.length === 0;
      const name = isPlain ? undefined : nameOf(text);
      return name === undefined ? query(text, values, callback) : query({ name, text, values }, undefined, callback);
    };
    client.query = prepared as pg.PoolClient['query'];
  };
}
