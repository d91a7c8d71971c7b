import { type Kysely, sql } from 'kysely';

/** By this, the last success of a channel is found at once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index attempts_accepted on attempts (channel, finished_at) where outcome = 'accepted'`.execute(db);
}
