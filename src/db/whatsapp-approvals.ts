import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface ApprovalRow {
  content_sid: string;
  /** Such as `approved`; `missing` where the provider has no such template. */
  status: string;
  category: string | null;
  rejection_reason: string | null;
  checked_at: Date;
}

/** What WhatsApp last said of a template; undefined where it has not been asked yet. */
export async function findApproval(db: Database, contentSid: string): Promise<ApprovalRow | undefined> {
  return await db
    .selectFrom('whatsapp_approvals')
    .select(['content_sid', 'status', 'category', 'rejection_reason', 'checked_at'])
    .where('content_sid', '=', contentSid)
    .executeTakeFirst();
}

/**
 * The provider's templates that templates in use name and whose approval is not known, or not of late; in no order, so
 * that one that cannot be asked about holds up none of the others for long.
 */
export async function listDueApprovals(
  db: Database,
  age: { approvedSeconds: number; otherSeconds: number },
  limit: number,
): Promise<{ content_sid: string; status: string | null }[]> {
  const { rows } = await sql<{ content_sid: string; status: string | null }>`
    select used.content_sid, a.status from (
      select distinct v.whatsapp ->> 'content_sid' as content_sid
      from templates t join template_versions v on v.template_id = t.id and v.version = t.version
      where t.archived_at is null and v.whatsapp is not null
    ) used
    left join whatsapp_approvals a on a.content_sid = used.content_sid
    where a.checked_at is null or a.checked_at < now() - make_interval(secs =>
      case a.status when 'approved' then ${age.approvedSeconds}::integer else ${age.otherSeconds}::integer end)
    order by random() limit ${limit}
  `.execute(db);
  return rows;
}

export async function keepApproval(db: Database, approval: Omit<ApprovalRow, 'checked_at'>): Promise<void> {
  const row = { ...approval, checked_at: sql<Date>`now()` };
  await db
    .insertInto('whatsapp_approvals')
    .values(row)
    .onConflict((conflict) => conflict.column('content_sid').doUpdateSet(row))
    .execute();
}
