import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimAttempt } from '../../src/db/attempts.ts';
import {
  cancelPending,
  countByStatus,
  findBatch,
  insertBatch,
  listBatches,
  tryLockBatches,
} from '../../src/db/batches.ts';
import { listUnsignalledCancels, lockUnsignalledCancel, markCancelSignalled } from '../../src/db/cancel-signals.ts';
import type { Database } from '../../src/db/database.ts';
import { lockMessage, type NewMessageRow } from '../../src/db/messages.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeAttempt, storeMessage } from './stored.ts';
import { untilSomeoneWaitsForALock } from './waiting-for-lock.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(async () => {
  await db.deleteFrom('messages').execute();
  await db.deleteFrom('batches').execute();
});

async function storeBatch(messages: readonly Partial<NewMessageRow>[]): Promise<{ id: string; messageIds: string[] }> {
  const id = uuidv7();
  await insertBatch(db, { id, api_key_id: null, size: messages.length + 1, accepted: messages.length });
  const messageIds: string[] = [];
  for (const more of messages) messageIds.push(await storeMessage(db, { ...more, batch_id: id }));
  return { id, messageIds };
}

const rowOf = async (id: string) =>
  await db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

test('a batch reads back as it was given', async () => {
  const { id } = await storeBatch([{}]);
  expect(await findBatch(db, id)).toEqual({
    ...{ id, api_key_id: null, size: 2, accepted: 1, cancel_requested_at: null, created_at: expect.any(Date) },
  });
});

test('batches are listed from any place, the newest first', async () => {
  const ids = [(await storeBatch([])).id, (await storeBatch([])).id, (await storeBatch([])).id].reverse();
  const list = async (page: object) => (await listBatches(db, { limit: 2, ...page })).map(({ id }) => id);
  const [newest = '', , oldest = ''] = ids;
  expect(await list({})).toEqual(ids.slice(0, 2));
  expect(await list({ before: newest })).toEqual(ids.slice(1));
  expect(await list({ after: oldest })).toEqual(ids.slice(0, 2));
});

test('messages are counted by status, delivery status and cancellation', async () => {
  const { id, messageIds } = await storeBatch([{}, {}, {}]);
  await db
    .updateTable('messages')
    .set({ status: 'failed', error_code: 'cancelled' })
    .where('id', '=', messageIds[0] ?? '')
    .execute();
  expect((await countByStatus(db, id)).toSorted((one, other) => one.status.localeCompare(other.status))).toEqual([
    { status: 'failed', delivery_status: null, is_cancelled: true, count: 1 },
    { status: 'pending', delivery_status: null, is_cancelled: false, count: 2 },
  ]);
});

test('a message whose plan was cancelled after it was sent counts as sent only', async () => {
  const { id } = await storeBatch([{}]);
  await db
    .updateTable('messages')
    .set({ status: 'sent', error_code: 'cancelled' })
    .where('batch_id', '=', id)
    .execute();
  expect(await countByStatus(db, id)).toEqual([
    { status: 'sent', delivery_status: null, is_cancelled: false, count: 1 },
  ]);
});

test('one transaction at a time stores a batch, and the next one need not wait for it', async () => {
  await db.transaction().execute(async (first) => {
    expect(await tryLockBatches(first)).toBe(true);
    expect(await db.transaction().execute(tryLockBatches)).toBe(false);
  });
  expect(await db.transaction().execute(tryLockBatches)).toBe(true);
});

describe('cancelling what is pending', () => {
  test('stops an attempt that is made already', async () => {
    const { id, messageIds } = await storeBatch([{}]);
    const attemptId = await storeAttempt(db, messageIds[0] ?? '');
    await cancelPending(db, id, 'key:1');
    expect(await claimAttempt(db, attemptId)).toBeUndefined();
  });

  test('leaves out what has ended, what is erased, and other batches', async () => {
    const { id, messageIds } = await storeBatch([{}, {}, {}]);
    const other = await storeBatch([{}]);
    const [pending, sent = '', erased = ''] = messageIds;
    await db.updateTable('messages').set({ status: 'sent' }).where('id', '=', sent).execute();
    await db.updateTable('messages').set({ erased_at: new Date() }).where('id', '=', erased).execute();
    expect(await cancelPending(db, id, 'key:1')).toEqual([pending]);
    expect((await rowOf(other.messageIds[0] ?? '')).cancel_requested_at).toBeNull();
  });

  test('leaves out a message that ends while it waits for it', async () => {
    const { id, messageIds } = await storeBatch([{}]);
    const [messageId = ''] = messageIds;
    const cancelled = await db.transaction().execute(async (trx) => {
      await lockMessage(trx, messageId);
      const waiting = cancelPending(db, id, 'key:1');
      await untilSomeoneWaitsForALock(db);
      await trx.updateTable('messages').set({ status: 'sent' }).where('id', '=', messageId).execute();
      return { waiting };
    });
    expect(await cancelled.waiting).toEqual([]);
  });

  test('marks nothing that was cancelled and told before', async () => {
    const { id, messageIds } = await storeBatch([{}]);
    await cancelPending(db, id, 'key:1');
    await markCancelSignalled(db, messageIds[0] ?? '');
    await cancelPending(db, id, 'key:2');
    expect((await rowOf(messageIds[0] ?? '')).cancel_unsignalled_since).toBeNull();
  });

  test('at the same moment from several sides leads to no deadlock', async () => {
    const { id } = await storeBatch(Array.from({ length: 60 }, () => ({})));
    const results = await Promise.all([1, 2, 3, 4, 5, 6].map((caller) => cancelPending(db, id, `key:${caller}`)));
    expect(new Set(results.map((ids) => ids.length))).toEqual(new Set([60]));
  });
});

describe('a cancellation that is not told yet', () => {
  const age = async (seconds: number) =>
    await sql`update messages set cancel_unsignalled_since = now() - make_interval(secs => ${seconds})`.execute(db);

  test('is listed once it is old enough', async () => {
    const { id, messageIds } = await storeBatch([{}]);
    await cancelPending(db, id, 'key:1');
    expect(await listUnsignalledCancels(db, 5, 10)).toEqual([]);
    await age(10);
    expect(await listUnsignalledCancels(db, 5, 10)).toEqual(messageIds);
  });

  test('gives who asked for it', async () => {
    const { id, messageIds } = await storeBatch([{}]);
    await cancelPending(db, id, 'key:1');
    expect(await lockUnsignalledCancel(db, messageIds[0] ?? '')).toMatchObject({ actor: 'key:1', is_withdrawn: false });
  });

  test('is not given to two at the same moment', async () => {
    const { id, messageIds } = await storeBatch([{}]);
    await cancelPending(db, id, 'key:1');
    await db.transaction().execute(async (trx) => {
      await lockUnsignalledCancel(trx, messageIds[0] ?? '');
      expect(await lockUnsignalledCancel(db, messageIds[0] ?? '')).toBeUndefined();
    });
  });

  test('is gone once it was told', async () => {
    const { id, messageIds } = await storeBatch([{}]);
    await cancelPending(db, id, 'key:1');
    await markCancelSignalled(db, messageIds[0] ?? '');
    expect(await lockUnsignalledCancel(db, messageIds[0] ?? '')).toBeUndefined();
  });
});
