import { sql } from 'kysely';
import type { Database } from './database.ts';
import { DIMENSIONS, measuresOf, sumOfMeasures } from './message-measures.ts';

/*
 * statistics_hourly holds, of each hour, what its present messages count for, written anew whenever the hour is computed,
 * and what those count for that have been removed, which no computation changes. An hour that statistics_hours does not
 * call computed has nothing of its present messages; whoever wants to know asks them. Its row is the lock of an hour.
 */

/** What was created in these hours; whole UTC hours, `to` exclusive. */
export interface HourRange {
  readonly from: Date;
  readonly to: Date;
}

/** The database's clock. */
export async function readClock(db: Database): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db);
  return (rows[0] as { now: Date }).now;
}

/** Until when all changes of messages are in the hours computed; null before the first time. */
export async function findProgress(db: Database): Promise<Date | null> {
  const row = await db.selectFrom('statistics_progress').select('computed_until').executeTakeFirst();
  return row?.computed_until ?? null;
}

export async function keepProgress(db: Database, until: Date): Promise<void> {
  await sql`
    insert into statistics_progress (computed_until) values (${until})
    on conflict (is_only) do update set computed_until = greatest(statistics_progress.computed_until, ${until})
  `.execute(db);
}

/** Longest that a transaction is expected to be open: a change may carry a time that lies so far back. */
const OVERLAP = sql`interval '5 minutes'`;
/** Changes that come later than this after a message was created are found by the index messages_updated_at. */
const LATE = sql`interval '2 hours'`;

/**
 * Hours that ended before `at`, have not been computed since, and may have changed: those since the progress that was
 * kept, or since the first message; those with messages that have changed late; and those with messages removed.
 */
export async function listChangedHours(db: Database, at: Date, limit: number): Promise<Date[]> {
  const since = await findChangesSince(db, at);
  const { rows } = await sql<{ hour: Date }>`
    select hour from (
      select hour from generate_series(
        date_trunc('hour', ${since}::timestamptz - ${LATE} - ${OVERLAP}, 'UTC'), ${at}::timestamptz, interval '1 hour'
      ) hour
      union select date_trunc('hour', created_at, 'UTC') from messages
        where updated_at - created_at > ${LATE} and updated_at >= ${since}::timestamptz - ${OVERLAP}
      union select hour from statistics_hours where computed_at is null
    ) hour where ${isDue(at)} order by hour limit ${limit}
  `.execute(db);
  return rows.map(({ hour }) => hour);
}

/** Hours of a range that ended before `at` and have not been computed since. */
export async function listHoursOfRange(db: Database, range: HourRange, at: Date, limit: number): Promise<Date[]> {
  const { rows } = await sql<{ hour: Date }>`
    select hour from generate_series(
      date_trunc('hour', ${range.from}::timestamptz, 'UTC'), ${range.to}::timestamptz, interval '1 hour'
    ) hour where hour < ${range.to} and ${isDue(at)} order by hour limit ${limit}
  `.execute(db);
  return rows.map(({ hour }) => hour);
}

async function findChangesSince(db: Database, at: Date): Promise<Date> {
  const progress = await findProgress(db);
  if (progress !== null) return progress;
  const first = await db.selectFrom('messages').select('created_at').orderBy('created_at').limit(1).executeTakeFirst();
  return first?.created_at ?? at;
}

function isDue(at: Date) {
  return sql`hour < date_trunc('hour', ${at}::timestamptz, 'UTC') and not exists (
    select 1 from statistics_hours done where done.hour = hour.hour and done.computed_at >= ${at}
  )`;
}

/** Counts the present messages of an hour anew, and what there is of removed ones into one row each. */
export async function computeHour(db: Database, hour: Date): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      insert into statistics_hours (hour, computed_at) values (${hour}, now())
      on conflict (hour) do update set computed_at = excluded.computed_at
    `.execute(trx);
    await trx.deleteFrom('statistics_hourly').where('hour', '=', hour).where('is_removed', '=', false).execute();
    const isOfHour = sql`m.created_at >= ${hour} and m.created_at < ${hour}::timestamptz + interval '1 hour'`;
    await sql`
      insert into statistics_hourly (${DIMENSIONS}, is_removed, measures)
      select ${DIMENSIONS}, false, measures from (${measuresOf(sql`messages m where ${isOfHour}`)}) present
    `.execute(trx);
    await sql`
      with removed as (delete from statistics_hourly where hour = ${hour} and is_removed returning *)
      insert into statistics_hourly (${DIMENSIONS}, is_removed, measures)
      select ${DIMENSIONS}, true, measures from (${sumOfMeasures(DIMENSIONS, sql`select * from removed`)}) sums
    `.execute(trx);
  });
}

/**
 * Keeps what messages count for that are about to be removed, in the transaction that removes them and before anything
 * of them is. Their hours are computed again at the next run.
 */
export async function keepStatisticsOf(db: Database, messageIds: readonly string[]): Promise<void> {
  const isOfThem = sql`m.id = any(${messageIds}::uuid[])`;
  const { rows } = await sql<{ hour: Date }>`
    insert into statistics_hours (hour)
    select distinct date_trunc('hour', created_at, 'UTC') as hour from messages m where ${isOfThem} order by hour
    on conflict (hour) do update set computed_at = null
    returning hour
  `.execute(db);
  const hours = rows.map(({ hour }) => hour);
  await sql`
    delete from statistics_hourly where hour = any(${hours}::timestamptz[]) and not is_removed
  `.execute(db);
  await sql`
    insert into statistics_hourly (${DIMENSIONS}, is_removed, measures)
    select ${DIMENSIONS}, true, measures from (${measuresOf(sql`messages m where ${isOfThem}`)}) removed
  `.execute(db);
}
