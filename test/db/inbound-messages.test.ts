import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  findLastMessageTo,
  findMessageOfProvider,
  findRecipientWith,
  holdMessage,
} from '../../src/db/answered-messages.ts';
import type { Database } from '../../src/db/database.ts';
import { eraseRecipient } from '../../src/db/erasure.ts';
import { insertInbound, listInboundOf, listReplies, type NewInboundMessage } from '../../src/db/inbound-messages.ts';
import { eraseMessage } from '../../src/db/messages.ts';
import { findWindow, openWindow } from '../../src/db/whatsapp-windows.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeAcceptedAttempt, storeAttempt, storeMessage, storeRecipient } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

/** A person who can be texted, and by what their address is found. */
async function person() {
  const on = { channel: 'sms', addressHash: Buffer.from(uuidv7()) } as const;
  return { id: await storeRecipient(db, { phone_hash: on.addressHash }), on };
}

async function textTo(recipientId: string): Promise<{ id: string; attemptId: string }> {
  const id = await storeMessage(db, { recipient_id: recipientId, channel: 'sms', channels: ['sms'] });
  return { id, attemptId: await storeAcceptedAttempt(db, id, { channel: 'sms' }) };
}

async function storeInbound(more: Partial<NewInboundMessage> = {}): Promise<string> {
  const id = uuidv7();
  await insertInbound(db, {
    ...{ id, provider: 'twilio', provider_message_id: id, channel: 'sms', kind: 'text', address_hash: Buffer.from(id) },
    ...{ recipient_id: null, message_id: null, content_sealed: Buffer.from('sealed'), received_at: new Date() },
    ...more,
  });
  return id;
}
const isStored = async (id: string) =>
  (await db.selectFrom('inbound_messages').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);
const erase = async (id: string) =>
  await eraseRecipient(db, id, { identityHash: Buffer.from(uuidv7()), detailsSealed: Buffer.from('blank') });

test('a message that is delivered twice is stored once', async () => {
  const first = await storeInbound({ provider_message_id: 'SM1' });
  const second = await storeInbound({ provider_message_id: 'SM1' });
  expect([await isStored(first), await isStored(second)]).toEqual([true, false]);
});

test('replies are listed with the newest first, in pages forwards and backwards', async () => {
  const { id } = await textTo((await person()).id);
  const ids: string[] = [];
  for (let index = 0; index < 3; index += 1) ids.unshift(await storeInbound({ message_id: id }));
  const pages = [
    idsOf(await listReplies(db, id, { limit: 2 })),
    idsOf(await listReplies(db, id, { before: ids[1] as string, limit: 2 })),
    idsOf(await listReplies(db, id, { after: ids[2] as string, limit: 1 })),
  ];
  expect(pages).toEqual([ids.slice(0, 2), ids.slice(2), [ids[1]]]);
});

test('a deleted message has no replies any more, and nothing is kept of what they said', async () => {
  const { id } = await textTo((await person()).id);
  const reply = await storeInbound({ message_id: id });
  await eraseMessage(db, id);
  const row = db.selectFrom('inbound_messages').select('content_sealed').where('id', '=', reply);
  expect([await listReplies(db, id, { limit: 10 }), (await row.executeTakeFirst())?.content_sealed]).toEqual([
    [],
    null,
  ]);
});

test('what a person wrote is theirs, also from before they were known', async () => {
  const { id, on } = await person();
  const other = await person();
  const before = await storeInbound({ address_hash: on.addressHash });
  const after = await storeInbound({ recipient_id: id });
  await storeInbound({ recipient_id: other.id, address_hash: on.addressHash });
  await storeInbound();
  expect(idsOf(await listInboundOf(db, id, [on], { limit: 10 }))).toEqual([after, before]);
});

test('an erased person leaves nothing that they wrote', async () => {
  const { id, on } = await person();
  const theirs = [await storeInbound({ address_hash: on.addressHash }), await storeInbound({ recipient_id: id })];
  await erase(id);
  expect(await Promise.all(theirs.map(isStored))).toEqual([false, false]);
});

test('an erased person leaves what others wrote', async () => {
  const [gone, other] = [await person(), await person()];
  const kept = [await storeInbound(), await storeInbound({ recipient_id: other.id })];
  await erase(gone.id);
  expect(await Promise.all(kept.map(isStored))).toEqual([true, true]);
});

test('an erased person leaves no WhatsApp window', async () => {
  const addressHash = Buffer.from(uuidv7());
  const id = await storeRecipient(db, { whatsapp_hash: addressHash });
  const window = { sender: '+14155238886', addressHash };
  await openWindow(db, window, new Date());
  await erase(id);
  expect(await findWindow(db, window)).toBeUndefined();
});

describe('the message that somebody answers', () => {
  test('is found by the id of the provider', async () => {
    const { id, on } = await person();
    const message = await textTo(id);
    const found = await findMessageOfProvider(db, on, `provider-${message.attemptId}`);
    expect(found).toEqual({ message_id: message.id, recipient_id: id });
  });

  test('is not one of another channel', async () => {
    const { id } = await person();
    const { attemptId } = await textTo(id);
    expect(await findMessageOfProvider(db, { channel: 'whatsapp' }, `provider-${attemptId}`)).toBeUndefined();
  });

  test('is the last that was sent to the address', async () => {
    const { id, on } = await person();
    await textTo(id);
    const last = await textTo(id);
    expect((await findLastMessageTo(db, on, 7))?.message_id).toBe(last.id);
  });

  test('is none that the provider has not taken', async () => {
    const { id, on } = await person();
    const message = await storeMessage(db, { recipient_id: id, channel: 'sms', channels: ['sms'] });
    await storeAttempt(db, message, { channel: 'sms' });
    expect(await findLastMessageTo(db, on, 7)).toBeUndefined();
  });

  test('is none that was sent on another channel', async () => {
    const { id, on } = await person();
    await storeAcceptedAttempt(db, await storeMessage(db, { recipient_id: id }));
    expect(await findLastMessageTo(db, on, 7)).toBeUndefined();
  });

  test('is none that was sent too long ago', async () => {
    const { id, on } = await person();
    const { attemptId } = await textTo(id);
    const eightDaysAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
    await db.updateTable('attempts').set({ finished_at: eightDaysAgo }).where('id', '=', attemptId).execute();
    expect(await findLastMessageTo(db, on, 7)).toBeUndefined();
  });

  test('is none that has been deleted', async () => {
    const { id, on } = await person();
    const message = await textTo(id);
    await eraseMessage(db, message.id);
    expect([await findLastMessageTo(db, on, 7), await holdMessage(db, message.id)]).toEqual([undefined, false]);
  });
});

test('of several people with one address the newest is found', async () => {
  const { on } = await person();
  const newest = await storeRecipient(db, { phone_hash: on.addressHash });
  expect(await findRecipientWith(db, on)).toBe(newest);
});
