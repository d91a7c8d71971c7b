import type { Database } from './database.ts';

export interface AttachmentRow {
  id: string;
  message_id: string;
  position: number;
  details_sealed: Buffer;
  /** The whole content, as earlier versions kept it; null where it is in chunks. */
  content_sealed: Buffer | null;
  size: number;
}

/** A part of a content, small enough to be read at once. */
export interface AttachmentChunk {
  attachment_id: string;
  position: number;
  content_sealed: Buffer;
}

export async function insertAttachments(
  db: Database,
  { rows, chunks }: { rows: readonly AttachmentRow[]; chunks: readonly AttachmentChunk[] },
): Promise<void> {
  if (rows.length === 0) return;
  await db.insertInto('attachments').values(rows).execute();
  // One by one: together they may be as big as a request may be.
  for (const chunk of chunks) await db.insertInto('attachment_chunks').values(chunk).execute();
}

export async function listAttachments(db: Database, messageId: string): Promise<AttachmentRow[]> {
  return await db
    .selectFrom('attachments')
    .select(['id', 'message_id', 'position', 'details_sealed', 'content_sealed', 'size'])
    .where('message_id', '=', messageId)
    .orderBy('position')
    .execute();
}

/** A chunk by its place, from 0 on; undefined after the last one. */
export async function findChunk(
  db: Database,
  attachmentId: string,
  position: number,
): Promise<AttachmentChunk | undefined> {
  return await db
    .selectFrom('attachment_chunks')
    .select(['attachment_id', 'position', 'content_sealed'])
    .where('attachment_id', '=', attachmentId)
    .where('position', '=', position)
    .executeTakeFirst();
}
