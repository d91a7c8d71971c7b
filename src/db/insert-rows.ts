import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { DB } from './tables.ts';

/**
 * Stores any number of rows by one statement, whose text and number of parameters do not depend on how many they are,
 * so that it is prepared once. All rows have the same columns; columns that none has get their defaults.
 */
export async function insertRows<Row extends object>(
  db: Database,
  table: keyof DB,
  rows: readonly Row[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = sql.join(Object.keys(first).map((name) => sql.ref(name)));
  await sql`
    insert into ${sql.table(table)} (${columns})
    select ${columns} from json_populate_recordset(null::${sql.table(table)}, ${rowsJson(rows)}::json)
  `.execute(db);
}

/** Rows as PostgreSQL reads them from JSON: bytes are hexadecimal texts (PostgreSQL, section 8.4.1). */
export function rowsJson(rows: readonly object[]): string {
  return JSON.stringify(rows.map((row) => Object.fromEntries(Object.entries(row).map(columnJson))));
}

function columnJson([name, value]: [string, unknown]): [string, unknown] {
  return [name, Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value];
}
