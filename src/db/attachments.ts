import type { Database } from './database.ts';

export interface AttachmentRow {
  id: string;
  message_id: string;
  position: number;
  details_sealed: Buffer;
  content_sealed: Buffer | null;
  size: number;
}

export async function insertAttachments(db: Database, rows: AttachmentRow[]): Promise<void> {
  if (rows.length > 0) await db.insertInto('attachments').values(rows).execute();
}

export async function listAttachments(db: Database, messageId: string): Promise<AttachmentRow[]> {
  return await db
    .selectFrom('attachments')
    .select(['id', 'message_id', 'position', 'details_sealed', 'content_sealed', 'size'])
    .where('message_id', '=', messageId)
    .orderBy('position')
    .execute();
}
