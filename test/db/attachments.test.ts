import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AttachmentRow, findChunk, insertAttachments, listAttachments } from '../../src/db/attachments.ts';
import type { Database } from '../../src/db/database.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeMessage } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

function row(messageId: string, position: number): AttachmentRow {
  const content = {
    details_sealed: Buffer.from(`details ${position}`),
    content_sealed: Buffer.from([0, 255, position]),
  };
  return { id: uuidv7(), message_id: messageId, position, ...content, size: 3 };
}

test('attachments come back byte for byte, in the order of the sender', async () => {
  const id = await storeMessage(db);
  const rows = [row(id, 0), row(id, 1), row(id, 2)];
  await insertAttachments(db, { rows: rows.toReversed(), chunks: [] });
  expect(await listAttachments(db, id)).toEqual(rows);
});

test('a message without attachments needs none to be stored', async () => {
  const id = await storeMessage(db);
  await insertAttachments(db, { rows: [], chunks: [] });
  expect(await listAttachments(db, id)).toEqual([]);
});

test('a message has its own attachments only', async () => {
  const [one, other] = [await storeMessage(db), await storeMessage(db)];
  await insertAttachments(db, { rows: [row(other, 0)], chunks: [] });
  expect(await listAttachments(db, one)).toEqual([]);
});

test('a content is read chunk by chunk', async () => {
  const file = { ...row(await storeMessage(db), 0), content_sealed: null };
  const chunks = ['one', 'two'].map((text, position) => ({
    ...{ attachment_id: file.id, position, content_sealed: Buffer.from(text) },
  }));
  await insertAttachments(db, { rows: [file], chunks });
  const found = await Promise.all([0, 1, 2].map((position) => findChunk(db, file.id, position)));
  expect(found.map((chunk) => chunk?.content_sealed.toString())).toEqual(['one', 'two', undefined]);
});
