import { type Kysely, sql } from 'kysely';

/**
 * What became of messages by the hour, which outlives them: what the present messages of an hour count for, and what the
 * removed ones did; which hours have been computed; and until when all changes are in them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table statistics_hourly (
    hour timestamptz not null,
    channel text not null,
    template_id uuid,
    template_name text,
    template_version integer,
    status text not null,
    is_removed boolean not null,
    measures jsonb not null
  )`,
  `create unique index statistics_hourly_present
    on statistics_hourly (hour, channel, template_id, template_name, template_version, status) nulls not distinct
    where not is_removed`,
  'create index statistics_hourly_hour on statistics_hourly (hour)',
  'create index statistics_hourly_removed on statistics_hourly (template_id, hour) where is_removed',

  `create table statistics_hours (
    hour timestamptz primary key,
    computed_at timestamptz
  )`,
  `create table statistics_progress (
    is_only boolean primary key default true check (is_only),
    computed_until timestamptz not null
  )`,

  // BRIN, because with any other index of this column each change of a message would write to all of them (no HOT).
  'create index messages_updated_at on messages using brin (updated_at) with (pages_per_range = 16, autosummarize = on)',
];
