import { type Kysely, sql } from 'kysely';

/** When a message failed, by which operators find what has failed since something broke. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // What has failed before is marked once; on a large table that takes longer than a statement may otherwise.
  'set local statement_timeout = 0',
  'alter table messages add column failed_at timestamptz',
  `update messages set failed_at = updated_at where status = 'failed'`,
  'create index messages_failed_at on messages (failed_at) where failed_at is not null',
];
