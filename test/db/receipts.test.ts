import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { eraseMessage, findMessage } from '../../src/db/messages.ts';
import {
  applyReceipt,
  insertReceipt,
  listUnsignalledReceipts,
  lockReceiptTarget,
  markSignalled,
  type NewReceipt,
} from '../../src/db/receipts.ts';
import type { DeliveryStatus } from '../../src/domain/statuses.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeAcceptedAttempt, storeAttempt, storeFailedAttempt, storeMessage } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

function receipt(more: Partial<NewReceipt> = {}): NewReceipt {
  return {
    ...{ id: uuidv7(), provider: 'twilio', dedupe_key: uuidv7(), attempt_id: null, provider_message_id: 'SM1' },
    ...{ status: 'delivered', raw_sealed: Buffer.from('raw'), unsignalled_since: null },
    ...{ error_code: null, error_kind: null, retry_after_seconds: null, repeats: null },
    ...more,
  };
}

describe('a receipt', () => {
  test('is kept once, however often it comes', async () => {
    const first = await insertReceipt(db, receipt({ dedupe_key: 'twice' }));
    expect([first, await insertReceipt(db, receipt({ dedupe_key: 'twice' }))]).toEqual([true, false]);
  });

  test('is kept once when it comes twice at the same moment', async () => {
    const results = await Promise.all([1, 2, 3].map(() => insertReceipt(db, receipt({ dedupe_key: 'at once' }))));
    expect(results.filter(Boolean)).toHaveLength(1);
  });
});

describe('the attempt that a receipt tells of', () => {
  test('is found by its own id', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId);
    const target = await lockReceiptTarget(db, { attemptId: id, providerMessageId: 'SM-unknown' });
    expect(target).toMatchObject({ attempt_id: id, message_id: messageId, status: 'pending' });
  });

  test('is found by the id of the provider where the receipt does not name it', async () => {
    const id = await storeAcceptedAttempt(db, await storeMessage(db), { channel: 'sms' });
    const target = await lockReceiptTarget(db, { attemptId: null, providerMessageId: `provider-${id}` });
    expect(target?.attempt_id).toBe(id);
  });

  test('says where its message was erased', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId);
    await eraseMessage(db, messageId);
    expect((await lockReceiptTarget(db, { attemptId: id, providerMessageId: 'SM1' }))?.is_erased).toBe(true);
  });

  test('is not found where there is none', async () => {
    expect(await lockReceiptTarget(db, { attemptId: uuidv7(), providerMessageId: 'SM1' })).toBeUndefined();
  });
});

describe('what a receipt changes', () => {
  test('the attempt and its message', async () => {
    const messageId = await storeMessage(db);
    const id = await apply(await storeAcceptedAttempt(db, messageId, { channel: 'sms' }), 'delivered');
    const attempt = await db.selectFrom('attempts').select('delivery_status').where('id', '=', id).executeTakeFirst();
    expect([attempt, await findMessage(db, messageId)]).toMatchObject([
      { delivery_status: 'delivered' },
      { delivery_status: 'delivered', delivered_at: expect.any(Date), read_at: null },
    ]);
  });

  test('a message that was read was also delivered', async () => {
    const messageId = await storeMessage(db);
    await apply(await storeAcceptedAttempt(db, messageId), 'read');
    expect(await findMessage(db, messageId)).toMatchObject({
      ...{ delivered_at: expect.any(Date), read_at: expect.any(Date) },
    });
  });

  test('the time of delivery stays that of the first receipt', async () => {
    const messageId = await storeMessage(db);
    const id = await apply(await storeAcceptedAttempt(db, messageId), 'delivered');
    const first = (await findMessage(db, messageId))?.delivered_at;
    await apply(id, 'read');
    expect((await findMessage(db, messageId))?.delivered_at).toEqual(first);
  });

  test('a failed channel does not hide one that is on its way', async () => {
    const messageId = await storeMessage(db);
    const whatsapp = await storeAcceptedAttempt(db, messageId, { channel: 'whatsapp' });
    await storeAcceptedAttempt(db, messageId, { channel: 'sms' });
    await apply(whatsapp, 'undelivered');
    expect((await findMessage(db, messageId))?.delivery_status).toBe('accepted');
  });

  test('the best of several channels counts', async () => {
    const messageId = await storeMessage(db);
    await apply(await storeAcceptedAttempt(db, messageId, { channel: 'whatsapp' }), 'delivered');
    await apply(await storeAcceptedAttempt(db, messageId, { channel: 'sms' }), 'undelivered');
    expect((await findMessage(db, messageId))?.delivery_status).toBe('delivered');
  });

  test('an attempt of unknown outcome learns the id of the provider', async () => {
    const id = await storeFailedAttempt(db, await storeMessage(db), { channel: 'sms', kind: 'uncertain' });
    await apply(id, 'accepted', 'SM-learnt');
    const target = await lockReceiptTarget(db, { attemptId: null, providerMessageId: 'SM-learnt' });
    expect(target?.attempt_id).toBe(id);
  });
});

describe('a receipt that a workflow has not been told of', () => {
  test('is listed until it has been passed on', async () => {
    const attemptId = await storeAcceptedAttempt(db, await storeMessage(db), { channel: 'sms' });
    const unsignalled = receipt({ attempt_id: attemptId, status: 'undelivered', unsignalled_since: new Date(0) });
    await insertReceipt(db, unsignalled);
    const listed = (await listUnsignalledReceipts(db, 5, 10)).map(({ id }) => id);
    await markSignalled(db, unsignalled.id);
    expect([listed, await listUnsignalledReceipts(db, 5, 10)]).toEqual([[unsignalled.id], []]);
  });

  test('is left to whoever took it for a few seconds', async () => {
    const attemptId = await storeAcceptedAttempt(db, await storeMessage(db), { channel: 'sms' });
    const unsignalled = receipt({ attempt_id: attemptId, status: 'undelivered', unsignalled_since: new Date() });
    await insertReceipt(db, unsignalled);
    const listed = await listUnsignalledReceipts(db, 60, 10);
    await markSignalled(db, unsignalled.id);
    expect(listed).toEqual([]);
  });
});

async function apply(
  attemptId: string,
  status: DeliveryStatus,
  providerMessageId = `id-${attemptId}`,
): Promise<string> {
  const target = await lockReceiptTarget(db, { attemptId, providerMessageId });
  if (target === undefined) throw new Error('no such attempt');
  await applyReceipt(db, target, { status, providerMessageId, failure: null });
  return attemptId;
}
