import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertAttachments } from '../../src/db/attachments.ts';
import type { Database } from '../../src/db/database.ts';
import { insertEvent, listEvents } from '../../src/db/message-events.ts';
import {
  eraseMessage,
  findMessage,
  listMessages,
  lockMessage,
  type MessageChange,
  type NewMessageRow,
  requestCancel,
  updateMessage,
  withdrawCancel,
} from '../../src/db/messages.ts';
import { insertReceipt } from '../../src/db/receipts.ts';
import { findTemplatesByName } from '../../src/db/templates.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeAttempt, storeMessage, storeRecipient, storeTemplate } from './stored.ts';
import { untilSomeoneWaitsForALock } from './waiting-for-lock.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const CHANGE: MessageChange = {
  ...{ channel: 'sms', channels: ['sms', 'email'], body_sealed: Buffer.from('new body'), template_id: null },
  ...{ template_name: null, template_version: null, template_version_ids: null, waiting_for: 'schedule' },
  ...{ priority: 'high', send_at: new Date('2030-01-01T00:00:00Z') },
  ...{ layout_version_id: null, category: 'marketing', expires_at: null, policy: null },
};

test('a stored message reads back as it was given', async () => {
  const given = {
    channel: 'whatsapp',
    channels: ['whatsapp', 'sms'],
    body_sealed: Buffer.from('body'),
    waiting_for: 'schedule',
    priority: 'low',
    send_at: new Date('2030-01-01T00:00:00.123Z'),
    expires_at: new Date('2030-01-02T00:00:00Z'),
    escalate_after_seconds: 600,
    until: 'read',
    metadata: { order: '7' },
  } satisfies Partial<NewMessageRow>;
  const id = await storeMessage(db, given);
  expect(await findMessage(db, id)).toMatchObject(given);
});

test('a new message is pending, at the first revision of its plan, and has no retries', async () => {
  const row = await findMessage(db, await storeMessage(db));
  expect(row).toMatchObject({ status: 'pending', plan_revision: 1, retry_count: 0, delivery_status: null });
});

test('a message is stored together with its first event', async () => {
  const id = await storeMessage(db, { channel: 'sms', channels: ['sms'] });
  const events = await listEvents(db, id);
  expect(events).toEqual([
    {
      ...{ id: expect.any(String), at: expect.any(Date), type: 'accepted', channel: 'sms', detail: null },
      ...{ actor: 'api_key:1', note_sealed: null },
    },
  ]);
});

test('events come back in the order in which they happened', async () => {
  const id = await storeMessage(db);
  for (const type of ['first', 'second', 'third']) {
    await insertEvent(db, id, { type, channel: null, detail: null, actor: 'worker' });
  }
  expect((await listEvents(db, id)).map(({ type }) => type)).toEqual(['accepted', 'first', 'second', 'third']);
});

test('a message shows the template version that was fixed for the channel in use', async () => {
  await storeTemplate(db, 'order', 'sms', 'by sms');
  await storeTemplate(db, 'order', 'whatsapp', 'by whatsapp');
  const variants = await findTemplatesByName(db, 'order');
  const id = await storeMessage(db, {
    ...{ channel: 'whatsapp', channels: ['whatsapp', 'sms'] },
    template_version_ids: Object.fromEntries(variants.map(({ channel, version_id }) => [channel, version_id])),
  });
  const before = (await findMessage(db, id))?.version_content;
  await db.updateTable('messages').set({ channel: 'sms' }).where('id', '=', id).execute();
  expect([before, (await findMessage(db, id))?.version_content]).toEqual(['by whatsapp', 'by sms']);
});

test('a message shows the locale and the time zone of its recipient', async () => {
  const recipient_id = await storeRecipient(db, { locale: 'pt-BR', time_zone: 'America/Sao_Paulo' });
  const id = await storeMessage(db, { recipient_id });
  expect(await findMessage(db, id)).toMatchObject({ locale: 'pt-BR', time_zone: 'America/Sao_Paulo' });
});

test('a locked message makes a second lock wait until the transaction ends, and shows it the change', async () => {
  const id = await storeMessage(db);
  let second: Promise<{ plan_revision: number } | undefined> | undefined;
  await db.transaction().execute(async (trx) => {
    await lockMessage(trx, id);
    second = db.transaction().execute((other) => lockMessage(other, id));
    await untilSomeoneWaitsForALock(db);
    await updateMessage(trx, id, CHANGE);
  });
  expect((await second)?.plan_revision).toBe(2);
});

test('a changed message has the new content and the new plan', async () => {
  const id = await storeMessage(db);
  await updateMessage(db, id, CHANGE);
  const { template_version_ids, layout_version_id, category, ...shown } = CHANGE;
  expect(await findMessage(db, id)).toMatchObject(shown);
});

test('each change raises the revision of the plan by one', async () => {
  const id = await storeMessage(db);
  await updateMessage(db, id, CHANGE);
  await updateMessage(db, id, CHANGE);
  expect((await findMessage(db, id))?.plan_revision).toBe(3);
});

test('a second request to cancel keeps the time of the first', async () => {
  const id = await storeMessage(db);
  await requestCancel(db, id);
  const first = (await findMessage(db, id))?.cancel_requested_at;
  await requestCancel(db, id);
  expect([first, (await findMessage(db, id))?.cancel_requested_at]).toEqual([expect.any(Date), first]);
});

test('a cancellation can be withdrawn', async () => {
  const id = await storeMessage(db);
  await requestCancel(db, id);
  await withdrawCancel(db, id);
  expect((await findMessage(db, id))?.cancel_requested_at).toBeNull();
});

test('an erased message is found neither by its id nor in the list', async () => {
  const id = await storeMessage(db);
  await eraseMessage(db, id);
  const listed = await listMessages(db, {}, { limit: 200 });
  expect([await findMessage(db, id), listed.find((row) => row.id === id)]).toEqual([undefined, undefined]);
});

test('erasing a message removes its content from every table', async () => {
  const secret = Buffer.from('the secret content');
  const id = await storeMessage(db, { body_sealed: secret, metadata: { note: secret.toString() } });
  const attemptId = await storeAttempt(db, id, { outgoingSealed: secret });
  const file = { id: uuidv7(), message_id: id, position: 0, details_sealed: secret, content_sealed: secret, size: 1 };
  const chunk = { attachment_id: file.id, position: 0, content_sealed: secret };
  await insertAttachments(db, { rows: [file], chunks: [chunk] });
  await insertReceipt(db, {
    ...{ id: uuidv7(), provider: 'twilio', dedupe_key: 'one', attempt_id: attemptId, provider_message_id: 'SM1' },
    ...{
      status: 'delivered',
      raw_sealed: secret,
      unsignalled_since: null,
      ...{ error_code: null, error_kind: null, retry_after_seconds: null, repeats: null },
    },
  });
  const before = await tablesThatHold(secret);
  await eraseMessage(db, id);
  expect([before, await tablesThatHold(secret)]).toEqual([
    ['attachment_chunks', 'attachments', 'attempts', 'messages', 'receipts'],
    [],
  ]);
});

test('erasing a message leaves other messages alone', async () => {
  const [erased, other] = [await storeMessage(db), await storeMessage(db, { body_sealed: Buffer.from('kept') })];
  await eraseMessage(db, erased);
  expect((await findMessage(db, other))?.body_sealed).toEqual(Buffer.from('kept'));
});

test('an erased message keeps its events and attempts, which are counted', async () => {
  const id = await storeMessage(db);
  await storeAttempt(db, id);
  await eraseMessage(db, id);
  const attempts = await db.selectFrom('attempts').select('id').where('message_id', '=', id).execute();
  expect([attempts.length, (await listEvents(db, id)).length]).toEqual([1, 1]);
});

async function tablesThatHold(secret: Buffer): Promise<string[]> {
  const tables = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by tablename`.execute(db);
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await sql`select from ${sql.table(name)} t
      where t::text like ${`%${secret.toString('hex')}%`} or t::text like ${`%${secret}%`} limit 1`.execute(db);
    if (rows.length > 0) found.push(name);
  }
  return found;
}
