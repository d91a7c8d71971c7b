import { type Kysely, sql } from 'kysely';

/** A layout that is taken out of use stays for the messages that were accepted with it; its name is free again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  'alter table layouts add column archived_at timestamptz',
  'alter table layouts drop constraint layouts_name_key',
  'create unique index layouts_name on layouts (name) where archived_at is null',
];
