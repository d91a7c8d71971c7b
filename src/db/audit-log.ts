import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';

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
