import type { Database } from './database.ts';

/** An attempt to send an email that a bounce may be about. */
export interface BouncedAttempt {
  id: string;
  provider_message_id: string | null;
}

/** The emails among some attempts. */
export async function findEmailAttempts(db: Database, ids: readonly string[]): Promise<BouncedAttempt[]> {
  if (ids.length === 0) return [];
  return await db
    .selectFrom('attempts')
    .select(['id', 'provider_message_id'])
    .where('id', 'in', ids)
    .where('channel', '=', 'email')
    .execute();
}
