import type { Database } from './database.ts';
import { insertRows } from './insert-rows.ts';

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
  await insertRows(db, 'attachments', rows);
  for (const group of groupsOf(chunks)) await insertRows(db, 'attachment_chunks', group);
}

/** Bytes of content that one statement carries: all together may be as big as a request may be. */
const STATEMENT_BYTES = 1024 * 1024;

function groupsOf(chunks: readonly AttachmentChunk[]): AttachmentChunk[][] {
  const groups: AttachmentChunk[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    const size = chunk.content_sealed.length;
    if (groups.length === 0 || size > room) {
      groups.push([]);
      room = STATEMENT_BYTES;
    }
    groups.at(-1)?.push(chunk);
    room -= size;
  }
  return groups;
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
