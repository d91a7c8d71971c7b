import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';

/** What became of the messages of one version of a template. What was read, or complained about, was delivered, too. */
export interface VersionCounts {
  version: number;
  accepted: number;
  pending: number;
  sent: number;
  failed: number;
  delivered: number;
  read: number;
  last_used_at: Date;
}

export interface ErrorCount {
  error_code: string;
  count: number;
  last_at: Date;
}

/** When messages were accepted; `to` is exclusive, and null stands for no end. */
export interface Period {
  readonly from: Date;
  readonly to: Date | null;
}

/** Most error codes that are listed. */
const MAX_ERRORS = 20;

/** Counts the messages whose first channel used a template, the newest version first. */
export async function countByVersion(db: Database, templateId: string, period: Period): Promise<VersionCounts[]> {
  const rows = await selectMessages(db, templateId, period)
    .select(['template_version', sql<number>`count(*)::int`.as('accepted'), countWhere('status', 'pending')])
    .select([countWhere('status', 'sent'), countWhere('status', 'failed')])
    .select(
      sql<number>`(count(*) filter (where delivery_status in ('delivered', 'read', 'complained')))::int`.as(
        'delivered',
      ),
    )
    .select([countWhere('delivery_status', 'read'), sql<Date>`max(created_at)`.as('last_used_at')])
    .groupBy('template_version')
    .orderBy('template_version', 'desc')
    .execute();
  return rows.map(({ template_version, ...counts }) => ({ version: template_version ?? 0, ...counts }));
}

/**
 * Counts the messages that have been removed since, of the hours that begin in the period; the newest version first. When
 * they were accepted is known to the hour.
 */
export async function countRemovedByVersion(
  db: Database,
  templateId: string,
  { from, to }: Period,
): Promise<VersionCounts[]> {
  const names = ['accepted', 'pending', 'sent', 'failed', 'delivered', 'read'] as const;
  const sums = names.map(
    (name) => sql`coalesce(sum((measures ->> ${sql.lit(name)})::int), 0)::int as ${sql.ref(name)}`,
  );
  const { rows } = await sql<VersionCounts>`
    select coalesce(template_version, 0) as version, ${sql.join(sums)}, max(hour) as last_used_at
    from statistics_hourly
    where is_removed and template_id = ${templateId} and hour >= ${from} and hour < coalesce(${to}::timestamptz, 'infinity')
    group by template_version order by template_version desc
  `.execute(db);
  return rows;
}

/** What the messages of a template last failed with, the newest first. */
export async function listErrors(db: Database, templateId: string, period: Period): Promise<ErrorCount[]> {
  return await selectMessages(db, templateId, period)
    .where('error_code', 'is not', null)
    .select((eb) => [
      eb.ref('error_code').$notNull().as('error_code'),
      sql<number>`count(*)::int`.as('count'),
      sql<Date>`max(updated_at)`.as('last_at'),
    ])
    .groupBy('error_code')
    .orderBy('last_at', 'desc')
    .limit(MAX_ERRORS)
    .execute();
}

/** Ids begin with their time (RFC 9562, section 5.7), so that the index over template and id holds the period too. */
function selectMessages(db: Database, templateId: string, { from, to }: Period) {
  const query = db.selectFrom('messages').where('template_id', '=', templateId).where('id', '>=', firstIdAt(from));
  return to === null ? query : query.where('id', '<', firstIdAt(to));
}

function firstIdAt(time: Date): string {
  return uuidv7({ msecs: Math.max(0, time.getTime()), seq: 0, random: new Uint8Array(16) });
}

function countWhere<const Value extends string>(column: 'status' | 'delivery_status', value: Value) {
  return sql<number>`(count(*) filter (where ${sql.ref(column)} = ${value}))::int`.as(value);
}
