import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertAttachments } from '../../src/db/attachments.ts';
import type { Database } from '../../src/db/database.ts';
import { listEvents } from '../../src/db/message-events.ts';
import { insertMessage, insertMessages } from '../../src/db/messages.ts';
import { openTestDatabase } from './open-test-database.ts';
import { messageRow, storeMessage, storeRecipient } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const columnsOf = async (id: string) => {
  const query = db.selectFrom('messages').selectAll().where('id', '=', id);
  const { id: _, created_at, updated_at, ...columns } = await query.executeTakeFirstOrThrow();
  return columns;
};

test('a message that is stored with others has the same columns and events as one that is stored alone', async () => {
  const row = {
    ...messageRow({ recipient_id: await storeRecipient(db) }),
    ...{ channels: ['sms', 'email'] as const, body_sealed: Buffer.from([0, 39, 92, 255]), until: 'read' as const },
    ...{ template_version_ids: { sms: uuidv7() }, metadata: { "it's": 'a "text" \\x41, {with} signs' } },
    ...{ send_at: new Date('2030-01-01T00:00:00.123Z'), escalate_after_seconds: 600, template_name: 'größe' },
  };
  const [alone, together, other] = [uuidv7(), uuidv7(), uuidv7()];
  await insertMessage(db, { ...row, channels: ['sms', 'email'], id: alone }, 'key:1');
  const rows = [together, other].map((id) => ({ ...row, channels: [...row.channels], id }));
  await insertMessages(db, rows, 'key:1');
  expect(await columnsOf(together)).toEqual(await columnsOf(alone));
  const events = async (id: string) => (await listEvents(db, id)).map(({ id: _, at, ...event }) => event);
  expect(await events(together)).toEqual(await events(alone));
});

test('attachments of any size come back byte for byte', async () => {
  const messageId = await storeMessage(db);
  const sizes = [0, 1, 700_000, 700_000, 2_000_000];
  const rows = sizes.map((size, position) => ({
    ...{ id: uuidv7(), message_id: messageId, position, size, content_sealed: null, details_sealed: Buffer.from('x') },
  }));
  const chunks = rows.map(({ id, size, position }) => ({
    ...{ attachment_id: id, position: 0, content_sealed: Buffer.alloc(size, position + 1) },
  }));
  await insertAttachments(db, { rows, chunks });
  const stored = await db.selectFrom('attachment_chunks').selectAll().orderBy('attachment_id').execute();
  const isSame = chunks.map(({ content_sealed }, index) => stored[index]?.content_sealed.equals(content_sealed));
  expect(isSame).toEqual(sizes.map(() => true));
});
