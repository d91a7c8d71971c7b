import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Database } from '../../src/db/database.ts';

/** Resolves when another session of this database waits for a lock. */
export async function untilSomeoneWaitsForALock(db: Database): Promise<void> {
  const query = sql<{ waiting: number }>`select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(async () => (await query.execute(db)).rows[0]?.waiting).toBe(1);
}
