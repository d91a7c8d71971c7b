import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertBatch } from '../../src/db/batches.ts';
import type { Database } from '../../src/db/database.ts';
import { listMessages, type MessageFilter } from '../../src/db/messages.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeMessage, storeRecipient, storeTemplate } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

describe('each filter keeps the messages that match it and no others', () => {
  const YESTERDAY = new Date('2030-05-01T12:00:00Z');
  const TODAY = new Date('2030-05-02T12:00:00Z');
  let recipientId: string;
  let templateId: string;
  let batchId: string;
  let matching: string;
  let other: string;

  beforeAll(async () => {
    recipientId = await storeRecipient(db);
    templateId = await storeTemplate(db, 'x', 'sms');
    batchId = uuidv7();
    await insertBatch(db, { id: batchId, api_key_id: null, size: 1, accepted: 1 });
    matching = await storeMessage(db, {
      ...{
        recipient_id: recipientId,
        batch_id: batchId,
        template_id: templateId,
        channel: 'sms',
        channels: ['sms'],
        priority: 'high',
      },
      ...{ waiting_for: 'operator', metadata: { order: '7', shop: 'a' } },
    });
    other = await storeMessage(db, { metadata: { order: '8', shop: 'a' } });
    await db
      .updateTable('messages')
      .set({ status: 'failed', delivery_status: 'bounced', error_code: 'expired' })
      .set({ created_at: TODAY, sent_at: TODAY, failed_at: TODAY })
      .where('id', '=', matching)
      .execute();
    await db
      .updateTable('messages')
      .set({ created_at: YESTERDAY, sent_at: YESTERDAY, failed_at: YESTERDAY })
      .where('id', '=', other)
      .execute();
  });

  test.each<[string, () => MessageFilter]>([
    ['status', () => ({ status: 'failed' })],
    ['channel', () => ({ channel: 'sms' })],
    ['delivery status', () => ({ deliveryStatus: 'bounced' })],
    ['what it waits for', () => ({ waitingFor: 'operator' })],
    ['recipient', () => ({ recipientId })],
    ['batch', () => ({ batchId })],
    ['template', () => ({ templateId })],
    ['error code', () => ({ errorCode: 'expired' })],
    ['priority', () => ({ priority: 'high' })],
    ['created at or after a moment', () => ({ createdAfter: TODAY })],
    ['sent at or after a moment', () => ({ sentAfter: TODAY })],
    ['failed at or after a moment', () => ({ failedAfter: TODAY })],
    ['metadata', () => ({ metadata: { order: '7' } })],
    ['metadata, two keys', () => ({ metadata: { order: '7', shop: 'a' } })],
    ['everything at once', () => ({ status: 'failed', channel: 'sms', createdAfter: YESTERDAY, templateId })],
  ])('%s', async (_, filter) => {
    expect(await listIds(filter())).toEqual([matching]);
  });

  test.each<[string, MessageFilter]>([
    ['created before a moment', { createdBefore: TODAY }],
    ['sent before a moment', { sentBefore: TODAY }],
  ])('%s', async (_, filter) => {
    expect(await listIds(filter)).toEqual([other]);
  });

  test('a list without a filter has every message, the newest first', async () => {
    expect(await listIds({})).toEqual([other, matching]);
  });

  async function listIds(filter: MessageFilter): Promise<string[]> {
    return (await listMessages(db, filter, { limit: 50 })).map(({ id }) => id);
  }
});

describe('pages', () => {
  let recipientId: string;
  let ids: string[];

  beforeAll(async () => {
    recipientId = await storeRecipient(db);
    ids = [];
    for (let count = 0; count < 7; count += 1) ids.unshift(await storeMessage(db, { recipient_id: recipientId }));
    await db
      .updateTable('messages')
      .set({ created_at: new Date('2030-01-01T00:00:00Z') })
      .where('id', 'in', ids)
      .execute();
  });

  async function page(at: { before?: string; after?: string }): Promise<string[]> {
    return (await listMessages(db, { recipientId }, { ...at, limit: 3 })).map(({ id }) => id);
  }

  test('forwards: rows that were created at the same moment come once each, also when one is added between', async () => {
    const first = await page({});
    const added = await storeMessage(db, { recipient_id: recipientId });
    const second = await page({ before: first[2] as string });
    const third = await page({ before: second[2] as string });
    await db.deleteFrom('messages').where('id', '=', added).execute();
    expect([first, second, third]).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  });

  test('backwards: the page before an older one is the one that was seen before it', async () => {
    expect(await page({ after: ids[3] as string })).toEqual(ids.slice(0, 3));
  });

  test('backwards: the rows nearest to the page come first, not the newest of all', async () => {
    expect(await page({ after: ids[6] as string })).toEqual(ids.slice(3, 6));
  });

  test('beyond the oldest row there is nothing', async () => {
    expect(await page({ before: ids[6] as string })).toEqual([]);
  });

  test('beyond the newest row there is nothing', async () => {
    expect(await page({ after: ids[0] as string })).toEqual([]);
  });

  test('a cursor may name a row that is gone', async () => {
    const gone = uuidv7();
    expect(await page({ before: gone })).toEqual(ids.slice(0, 3));
  });
});
