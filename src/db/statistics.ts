import { sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { MessageStatus } from '../domain/statuses.ts';
import type { Database } from './database.ts';
import { measuresOf, sumOfMeasures } from './message-measures.ts';
import { findProgress, type HourRange } from './statistics-hours.ts';

/** What sums can be told apart by. */
export const STATISTICS_KEYS = ['channel', 'template', 'status', 'hour', 'day'] as const;
export type StatisticsKey = (typeof STATISTICS_KEYS)[number];

/** A sum of measures, by name (see message-measures.ts), decimal; the fields are those of the keys asked for. */
export interface MeasuresRow {
  readonly channel?: Channel;
  readonly template_id?: string | null;
  readonly template_name?: string | null;
  readonly status?: MessageStatus;
  readonly hour?: Date;
  /** Such as `2026-01-31`, in the time zone asked for. */
  readonly day?: string;
  readonly measures: Readonly<Record<string, string>>;
}

export interface StatisticsQuery {
  readonly range: HourRange;
  readonly by: readonly StatisticsKey[];
  /** IANA name; an hour is of the day in which it begins. */
  readonly timeZone: string;
  readonly channel?: Channel;
  readonly templateId?: string;
  /** Most rows. */
  readonly limit: number;
}

const COLUMNS: Readonly<Record<StatisticsKey, readonly string[]>> = {
  hour: ['hour'],
  day: ['day'],
  channel: ['channel'],
  template: ['template_name', 'template_id'],
  status: ['status'],
};

/** Sums of a range: hours that have been computed as they were then, the others from their messages now. */
export async function sumStatistics(
  db: Database,
  query: StatisticsQuery,
): Promise<{ rows: MeasuresRow[]; computedUntil: Date | null }> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const uncounted = await listUncountedRanges(trx, query.range);
      const { rows } = await selectSums(query, uncounted).execute(trx);
      return { rows, computedUntil: await findProgress(trx) };
    });
}

/** The parts of a range whose hours have not been computed. */
async function listUncountedRanges(db: Database, { from, to }: HourRange): Promise<HourRange[]> {
  const { rows } = await sql<HourRange>`
    select min(hour) as "from", max(hour) + interval '1 hour' as "to" from (
      select hour, hour - interval '1 hour' * row_number() over (order by hour) as island
      from generate_series(${from}::timestamptz, least(${to}::timestamptz, now()), interval '1 hour') hour
      where hour < ${to}
        and not exists (select 1 from statistics_hours s where s.hour = hour.hour and s.computed_at is not null)
    ) hours group by island order by 1
  `.execute(db);
  return rows;
}

function selectSums({ range, by, timeZone, channel, templateId, limit }: StatisticsQuery, uncounted: HourRange[]) {
  const columns = by.flatMap((key) => COLUMNS[key]).map((column) => sql.ref(column));
  const keys = columns.length === 0 ? null : sql.join(columns);
  // Each range by itself, so that PostgreSQL knows how few messages they hold.
  const ranges = uncounted.map(({ from, to }) => sql`(m.created_at >= ${from} and m.created_at < ${to})`);
  const live = measuresOf(sql`messages m where ${sql.join([sql`false`, ...ranges], sql` or `)}`);
  const conditions = [
    ...(channel === undefined ? [] : [sql`channel = ${channel}`]),
    ...(templateId === undefined ? [] : [sql`template_id = ${templateId}`]),
  ];
  const rows = sql`
    select *, to_char(hour at time zone ${timeZone}, 'YYYY-MM-DD') as day from (
      select hour, channel, template_id, template_name, status, measures from statistics_hourly
        where hour >= ${range.from} and hour < ${range.to}
      union all
      select hour, channel, template_id, template_name, status, measures from (${live}) live
    ) hourly
    where ${sql.join([sql`true`, ...conditions], sql` and `)}
  `;
  return sql<MeasuresRow>`
    select ${keys === null ? sql`` : sql`${keys},`} (
      select jsonb_object_agg(key, value) from jsonb_each_text(measures)
    ) as measures
    from (${sumOfMeasures(keys, rows)}) sums
    ${keys === null ? sql`` : sql`order by ${keys}`} limit ${limit}
  `;
}
