import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  listRetentions,
  lockExpiredMessages,
  removeDailyCosts,
  removeEmptyBatches,
  removeErasedRecipients,
  removeIdempotencyKeys,
  removeInboundMessages,
  removeMessages,
  removeReceipts,
} from '../../src/db/clean-up.ts';
import type { Database } from '../../src/db/database.ts';
import { recordStep } from '../../src/db/deliveries.ts';
import { withdrawCancel } from '../../src/db/messages.ts';
import { openTestDatabase } from './open-test-database.ts';
import { deliveryStep, storeAcceptedAttempt, storeMessage, storeRecipient } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(async () => {
  await sql`truncate messages, receipts, inbound_messages, idempotency_keys, recipients, daily_costs, batches, api_keys
    cascade`.execute(db);
});

const STANDARD = { retention: 'standard', days: 30 };

/** A message that ended that many days ago. */
async function endedMessage(days: number, more: Parameters<typeof storeMessage>[1] = {}): Promise<string> {
  const id = await storeMessage(db, more);
  await recordStep(db, deliveryStep(id, { status: 'failed', hasEnded: true }));
  await age('messages', 'ended_at', days, id);
  return id;
}

async function age(table: string, column: string, days: number, id: string): Promise<void> {
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = now() - make_interval(days => ${days}::int)
    where id = ${id}`.execute(db);
}

async function removeDue(due = STANDARD, limit = 100): Promise<string[]> {
  return await db.transaction().execute(async (trx) => {
    const ids = await lockExpiredMessages(trx, due, limit);
    await removeMessages(trx, ids);
    return ids;
  });
}

async function count(table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(db);
  return rows[0]?.count ?? 0;
}

describe('a message is due', () => {
  test('when it ended longer ago than its class is kept', async () => {
    const id = await endedMessage(31);
    await endedMessage(29);
    expect(await removeDue()).toEqual([id]);
  });

  test('by the days of its own class', async () => {
    await endedMessage(31, { retention: 'long' });
    expect(await removeDue()).toEqual([]);
  });

  test('not while it waits, however old it is', async () => {
    const id = await storeMessage(db);
    await age('messages', 'created_at', 1000, id);
    await recordStep(db, deliveryStep(id, { status: 'failed', waitingFor: 'operator' }));
    expect(await removeDue()).toEqual([]);
  });

  test('not where an operator has just had it sent again', async () => {
    await withdrawCancel(db, await endedMessage(31));
    expect(await removeDue()).toEqual([]);
  });

  test('not while somebody else holds it', async () => {
    const id = await endedMessage(31);
    await db.transaction().execute(async (other) => {
      await other.selectFrom('messages').select('id').where('id', '=', id).forUpdate().execute();
      expect(await removeDue()).toEqual([]);
    });
  });

  test('in batches, the first to end first', async () => {
    const ids: string[] = [];
    for (const days of [33, 32, 31]) ids.push(await endedMessage(days));
    expect([await removeDue(STANDARD, 2), await removeDue(STANDARD, 2)]).toEqual([ids.slice(0, 2), ids.slice(2)]);
  });
});

test('what is recorded after an end takes the end back', async () => {
  const id = await endedMessage(31);
  await recordStep(db, deliveryStep(id, { status: 'pending' }));
  expect(await removeDue()).toEqual([]);
});

test('all that hangs on a message goes with it', async () => {
  const id = await endedMessage(31);
  const attemptId = await storeAcceptedAttempt(db, id);
  await storeReceipt({ attempt_id: attemptId });
  const attachmentId = uuidv7();
  const sealed = Buffer.from('sealed');
  const attachment = { id: attachmentId, message_id: id, position: 1, details_sealed: sealed, size: 1 };
  await db.insertInto('attachments').values(attachment).execute();
  await db
    .insertInto('attachment_chunks')
    .values({ attachment_id: attachmentId, position: 1, content_sealed: sealed })
    .execute();
  await storeKey({ response_location: `/api/messages/${id}/` });
  await removeDue();
  const tables = ['messages', 'attempts', 'message_events', 'receipts', 'attachments', 'attachment_chunks'];
  expect(await Promise.all([...tables, 'idempotency_keys'].map(count))).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test('a reply stays when the message goes that it answered', async () => {
  const id = await endedMessage(31);
  await storeInbound({ message_id: id });
  await removeDue();
  const row = await db.selectFrom('inbound_messages').select('message_id').executeTakeFirst();
  expect(row).toEqual({ message_id: null });
});

test('the classes in use are those of the messages that have ended', async () => {
  await endedMessage(1, { retention: 'short' });
  await endedMessage(1, { retention: 'a-class-of-old' });
  await endedMessage(1, { retention: 'short' });
  await storeMessage(db, { retention: 'long' });
  expect(await listRetentions(db)).toEqual(['a-class-of-old', 'short']);
});

describe('receipts', () => {
  test('go after their time', async () => {
    await age('receipts', 'received_at', 91, await storeReceipt());
    await age('receipts', 'received_at', 89, await storeReceipt());
    expect([await removeReceipts(db, 90, 10), await count('receipts')]).toEqual([1, 1]);
  });

  test('stay as long as a workflow has yet to be told', async () => {
    const id = await storeReceipt({ unsignalled_since: new Date() });
    await age('receipts', 'received_at', 91, id);
    expect(await removeReceipts(db, 90, 10)).toBe(0);
  });

  test('go in batches', async () => {
    for (let n = 0; n < 3; n += 1) await age('receipts', 'received_at', 91, await storeReceipt());
    expect(await removeReceipts(db, 90, 2)).toBe(2);
  });
});

test('what people wrote goes after its time', async () => {
  await age('inbound_messages', 'received_at', 366, await storeInbound());
  await age('inbound_messages', 'received_at', 364, await storeInbound());
  expect([await removeInboundMessages(db, 365, 10), await count('inbound_messages')]).toEqual([1, 1]);
});

test('answers to requests go after a day', async () => {
  await storeKey({ created_at: daysAgo(1.1) });
  await storeKey({ created_at: daysAgo(0.9) });
  expect([await removeIdempotencyKeys(db, 1, 10), await count('idempotency_keys')]).toEqual([1, 1]);
});

describe('people', () => {
  test('who were erased go once no message of theirs is left', async () => {
    const id = await storeRecipient(db);
    await age('recipients', 'erased_at', 0, id);
    const writtenTo = await storeRecipient(db);
    await storeMessage(db, { recipient_id: writtenTo });
    await age('recipients', 'erased_at', 0, writtenTo);
    await removeErasedRecipients(db, 10);
    expect(await db.selectFrom('recipients').select('id').execute()).toEqual([{ id: writtenTo }]);
  });

  test('who were not erased stay', async () => {
    await storeRecipient(db);
    expect(await removeErasedRecipients(db, 10)).toBe(0);
  });
});

test('sums of days go after their time', async () => {
  const sum = { channel: 'sms', currency: 'USD', amount: '1' } as const;
  await db
    .insertInto('daily_costs')
    .values([
      { ...sum, day: daysAgo(402) },
      { ...sum, day: daysAgo(1) },
    ])
    .execute();
  expect([await removeDailyCosts(db, 400, 10), await count('daily_costs')]).toEqual([1, 1]);
});

test('a batch goes once no message of it is left', async () => {
  const [empty, full] = [uuidv7(), uuidv7()];
  const batch = { size: 1, accepted: 1, created_at: daysAgo(3) };
  await db
    .insertInto('batches')
    .values([
      { ...batch, id: empty },
      { ...batch, id: full },
    ])
    .execute();
  await storeMessage(db, { batch_id: full });
  await removeEmptyBatches(db, 2, 10);
  expect(await db.selectFrom('batches').select('id').execute()).toEqual([{ id: full }]);
});

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}

async function storeReceipt(more: { attempt_id?: string; unsignalled_since?: Date } = {}): Promise<string> {
  const id = uuidv7();
  await db
    .insertInto('receipts')
    .values({ id, provider: 'twilio', dedupe_key: id, raw_sealed: Buffer.from('sealed'), ...more })
    .execute();
  return id;
}

async function storeInbound(more: { message_id?: string } = {}): Promise<string> {
  const id = uuidv7();
  const about = { provider: 'twilio', provider_message_id: id, channel: 'sms', kind: 'reply' } as const;
  await db
    .insertInto('inbound_messages')
    .values({ id, ...about, address_hash: Buffer.from('hash'), ...more })
    .execute();
  return id;
}

async function storeKey(more: { response_location?: string; created_at?: Date } = {}): Promise<void> {
  const id = uuidv7();
  await db
    .insertInto('api_keys')
    .values({ id, name: 'test', hash: Buffer.from(id), scopes: [] })
    .execute();
  await db
    .insertInto('idempotency_keys')
    .values({ api_key_id: id, key: id, request_hash: Buffer.from('hash'), ...more })
    .execute();
}
