import { sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';

export interface ChannelActivity {
  channel: Channel;
  /** Attempts that ended within the time that was asked for. */
  attempts: number;
  /** Of them, those whose failure was the channel's, or ours: not that of a person or a message. */
  faults: number;
}

/** Attempts of the last seconds, by channel. Ids grow with time (RFC 9562, UUIDv7), so the primary key finds them. */
export async function countRecentAttempts(db: Database, seconds: number): Promise<ChannelActivity[]> {
  return await db
    .selectFrom('attempts')
    .select('channel')
    .select(sql<number>`count(*)::int`.as('attempts'))
    .select(
      sql<number>`count(*) filter (where error_kind in ('transient', 'throttled', 'misconfigured', 'uncertain'))::int`.as(
        'faults',
      ),
    )
    .where('id', '>=', firstIdOf(seconds))
    .where('outcome', 'is not', null)
    .groupBy('channel')
    .execute();
}

/** When a provider last took a message of a channel; null where none ever did. */
export async function findLastSuccess(db: Database, channel: Channel): Promise<Date | null> {
  const row = await db
    .selectFrom('attempts')
    .select('finished_at')
    .where('channel', '=', channel)
    .where('outcome', '=', 'accepted')
    .orderBy('finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.finished_at ?? null;
}

/** The least UUIDv7 of a moment that long ago. */
function firstIdOf(secondsAgo: number) {
  const hex = (Date.now() - secondsAgo * 1000).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
