import { sql } from 'kysely';
import type { Database } from '../../src/db/database.ts';

/** Tables in which a text can be found, as text or as bytes, or a hash. */
export async function tablesWith(db: Database, wanted: string | Buffer): Promise<string[]> {
  const hex = Buffer.from(wanted as string).toString('hex');
  const text = typeof wanted === 'string' ? wanted : hex;
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1
  `.execute(db);
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await sql`select from ${sql.table(name)} t
      where t::text like ${`%${text}%`} or t::text like ${`%${hex}%`} limit 1`.execute(db);
    if (rows.length > 0) found.push(name);
  }
  return found;
}
