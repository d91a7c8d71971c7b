import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';
import { insertRows } from './insert-rows.ts';
import type { Page } from './messages.ts';

export interface AuditEntry {
  actor: string;
  /** A resource and a past participle, such as `message.cancelled`. */
  action: string;
  resourceType: string;
  resourceId: string;
  /** Codes and counts; never personal data. */
  detail?: Record<string, string | number | boolean | null>;
}

/** Written in the transaction of the change that it tells of. */
export async function insertAuditEntry(db: Database, entry: AuditEntry): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({
      id: uuidv7(),
      actor: entry.actor,
      action: entry.action,
      resource_type: entry.resourceType,
      resource_id: entry.resourceId,
      detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute();
}

/** Several at once. */
export async function insertAuditEntries(db: Database, entries: readonly AuditEntry[]): Promise<void> {
  const rows = entries.map(({ actor, action, resourceType, resourceId, detail = {} }) => ({
    ...{ id: uuidv7(), actor, action, resource_type: resourceType, resource_id: resourceId, detail },
  }));
  await insertRows(db, 'audit_log', rows);
}

export interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  action: string;
  resource_type: string;
  resource_id: string | null;
  detail: unknown;
}

export interface AuditFilter {
  actor?: string;
  action?: string;
  resourceType?: string;
  resourceId?: string;
  /** Not before. */
  after?: Date;
  /** Not at or after. */
  before?: Date;
}

/** The newest first. */
export async function listAuditEntries(db: Database, filter: AuditFilter, page: Page): Promise<AuditRow[]> {
  const equal = [
    ['actor', filter.actor],
    ['action', filter.action],
    ['resource_type', filter.resourceType],
    ['resource_id', filter.resourceId],
  ] as const;
  let query = db
    .selectFrom('audit_log')
    .select(['id', 'at', 'actor', 'action', 'resource_type', 'resource_id', 'detail'])
    .limit(page.limit);
  for (const [column, value] of equal) if (value !== undefined) query = query.where(column, '=', value);
  if (filter.after !== undefined) query = query.where('at', '>=', filter.after);
  if (filter.before !== undefined) query = query.where('at', '<', filter.before);
  if (page.after !== undefined) {
    return (await query.where('id', '>', page.after).orderBy('id', 'asc').execute()).reverse();
  }
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return await query.orderBy('id', 'desc').execute();
}
