import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  claimAttempt,
  findAttempt,
  isTakenByOther,
  listAttempts,
  recordAccepted,
  recordFailed,
} from '../../src/db/attempts.ts';
import { type Database, isUniqueViolation } from '../../src/db/database.ts';
import { eraseMessage, findMessage, requestCancel } from '../../src/db/messages.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeAcceptedAttempt, storeAttempt, storeFailedAttempt, storeMessage } from './stored.ts';
import { untilSomeoneWaitsForALock } from './waiting-for-lock.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

describe('a new attempt', () => {
  test('is numbered from one within its message', async () => {
    const [one, other] = [await storeMessage(db), await storeMessage(db)];
    for (const messageId of [one, one, other, one]) await storeAttempt(db, messageId);
    const numbers = async (id: string) => (await listAttempts(db, id)).map(({ number }) => number);
    expect([await numbers(one), await numbers(other)]).toEqual([[1, 2, 3], [1]]);
  });

  test('gets a number of its own when two are made at the same moment', async () => {
    const messageId = await storeMessage(db);
    await Promise.all([1, 2, 3, 4].map(() => storeAttempt(db, messageId)));
    expect((await listAttempts(db, messageId)).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  });

  test('counts as a retry, except for the first', async () => {
    const messageId = await storeMessage(db);
    await storeAttempt(db, messageId);
    const first = (await findMessage(db, messageId))?.retry_count;
    await storeAttempt(db, messageId);
    expect([first, (await findMessage(db, messageId))?.retry_count]).toEqual([0, 1]);
  });

  test('marks its message as being handed over on its channel', async () => {
    const messageId = await storeMessage(db, { waiting_for: 'schedule' });
    const id = await storeAttempt(db, messageId, { channel: 'sms' });
    expect(await findMessage(db, messageId)).toMatchObject({
      ...{ calling_attempt_id: id, channel: 'sms', waiting_for: null },
    });
  });

  test('is refused where the same step has made one already', async () => {
    const messageId = await storeMessage(db);
    await storeAttempt(db, messageId, { token: 'step' });
    const error = await storeAttempt(db, messageId, { token: 'step' }).catch((reason: unknown) => reason);
    expect(isUniqueViolation(error, 'attempts_message_id_token_key')).toBe(true);
  });

  test('that was refused leaves its message as it was', async () => {
    const messageId = await storeMessage(db);
    const first = await storeAttempt(db, messageId, { token: 'step' });
    await storeAttempt(db, messageId, { token: 'step', channel: 'sms' }).catch(() => undefined);
    expect(await findMessage(db, messageId)).toMatchObject({
      retry_count: 0,
      calling_attempt_id: first,
      channel: 'email',
    });
  });
});

describe('claiming an attempt', () => {
  test('gives what the call needs, and notes when it begins', async () => {
    const id = await storeAttempt(db, await storeMessage(db), { outgoingSealed: Buffer.from('outgoing') });
    expect(await claimAttempt(db, id)).toMatchObject({
      ...{ id, channel: 'email', outgoing_sealed: Buffer.from('outgoing'), called_at: expect.any(Date), outcome: null },
    });
  });

  test('succeeds once', async () => {
    const id = await storeAttempt(db, await storeMessage(db));
    await claimAttempt(db, id);
    expect(await claimAttempt(db, id)).toBeUndefined();
  });

  test('succeeds for one of several callers at the same moment', async () => {
    const id = await storeAttempt(db, await storeMessage(db));
    const claims = await Promise.all([1, 2, 3, 4, 5, 6].map(() => claimAttempt(db, id)));
    expect(claims.filter((row) => row !== undefined)).toHaveLength(1);
  });

  test('is refused once the message was cancelled', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId);
    await requestCancel(db, messageId);
    expect(await claimAttempt(db, id)).toBeUndefined();
  });

  test('is refused once the message was erased', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId);
    await eraseMessage(db, messageId);
    expect(await claimAttempt(db, id)).toBeUndefined();
  });

  test('is refused where an erasure commits while the claim waits for it', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId);
    let claim: ReturnType<typeof claimAttempt> | undefined;
    await db.transaction().execute(async (trx) => {
      await eraseMessage(trx, messageId);
      claim = claimAttempt(db, id);
      await untilSomeoneWaitsForALock(db);
    });
    expect(await claim).toBeUndefined();
  });

  test('is refused where the attempt has failed already', async () => {
    const id = await storeFailedAttempt(db, await storeMessage(db));
    expect(await claimAttempt(db, id)).toBeUndefined();
  });

  test('is refused where there is no such attempt', async () => {
    expect(await claimAttempt(db, uuidv7())).toBeUndefined();
  });
});

describe('an attempt that was found', () => {
  test('says that its message was cancelled', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId);
    await requestCancel(db, messageId);
    expect((await findAttempt(db, id))?.is_stopped).toBe(true);
  });

  test('says that its message goes on', async () => {
    const id = await storeAttempt(db, await storeMessage(db));
    expect((await findAttempt(db, id))?.is_stopped).toBe(false);
  });

  test('knows when the first attempt of unknown outcome began on its channel', async () => {
    const messageId = await storeMessage(db);
    const [first, second] = [await storeAttempt(db, messageId), await storeAttempt(db, messageId)];
    const firstCalledAt = (await claimAttempt(db, first))?.called_at;
    await claimAttempt(db, second);
    for (const id of [first, second]) await fail(id, 'uncertain');
    const third = await storeAttempt(db, messageId);
    expect((await claimAttempt(db, third))?.unknown_since).toEqual(firstCalledAt);
  });

  test('does not care about unknown outcomes on other channels', async () => {
    const messageId = await storeMessage(db);
    const first = await storeAttempt(db, messageId, { channel: 'sms' });
    await claimAttempt(db, first);
    await fail(first, 'uncertain');
    const second = await storeAttempt(db, messageId, { channel: 'email' });
    expect((await findAttempt(db, second))?.unknown_since).toBeNull();
  });

  test('does not care about attempts that failed for certain', async () => {
    const messageId = await storeMessage(db);
    const first = await storeAttempt(db, messageId);
    await claimAttempt(db, first);
    await fail(first, 'transient');
    const second = await storeAttempt(db, messageId);
    expect((await findAttempt(db, second))?.unknown_since).toBeNull();
  });
});

describe('the outcome of an attempt', () => {
  test('accepted: the id and segments of the provider are kept', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId, { channel: 'sms' });
    await recordAccepted(db, id, { providerMessageId: 'SM-accepted', segments: 2 });
    expect(await listAttempts(db, messageId)).toMatchObject([
      { outcome: 'accepted', provider_message_id: 'SM-accepted', segments: 2, finished_at: expect.any(Date) },
    ]);
  });

  test('accepted: an id that a receipt told before stays', async () => {
    const id = await storeAttempt(db, await storeMessage(db), { channel: 'sms' });
    await db.updateTable('attempts').set({ provider_message_id: 'SM-receipt' }).where('id', '=', id).execute();
    await recordAccepted(db, id, { providerMessageId: 'SM-answer', segments: null });
    expect((await findAttempt(db, id))?.provider_message_id).toBe('SM-receipt');
  });

  test('accepted: a receipt that came before is not set back', async () => {
    const id = await storeAttempt(db, await storeMessage(db));
    await db.updateTable('attempts').set({ delivery_status: 'delivered' }).where('id', '=', id).execute();
    await recordAccepted(db, id, { providerMessageId: 'm-1', segments: null });
    expect(await deliveryStatusOf(id)).toBe('delivered');
  });

  test('accepted: without a receipt yet, that is how far delivery has come', async () => {
    const id = await storeAcceptedAttempt(db, await storeMessage(db));
    expect(await deliveryStatusOf(id)).toBe('accepted');
  });

  test('accepted after it was left in doubt: the doubt stays on record, with how far delivery has come', async () => {
    const id = await storeFailedAttempt(db, await storeMessage(db), { kind: 'uncertain' });
    await recordAccepted(db, id, { providerMessageId: 'm-3', segments: null });
    const attempt = { outcome: 'uncertain', error_kind: 'uncertain', provider_message_id: 'm-3' };
    expect([await findAttempt(db, id), await deliveryStatusOf(id)]).toMatchObject([attempt, 'accepted']);
  });

  test('accepted: a failure that another run of the attempt reports later changes nothing', async () => {
    const id = await storeAcceptedAttempt(db, await storeMessage(db));
    const failure = { kind: 'uncertain', code: 'interrupted', message: 'No answer.', retryAfterSeconds: null } as const;
    const isKept = await recordFailed(db, id, failure);
    expect([isKept, await findAttempt(db, id)]).toMatchObject([false, { outcome: 'accepted', error_code: null }]);
  });

  test('accepted after all: the earlier error is gone', async () => {
    const id = await storeFailedAttempt(db, await storeMessage(db), { kind: 'transient' });
    await recordAccepted(db, id, { providerMessageId: 'm-2', segments: null });
    expect(await findAttempt(db, id)).toMatchObject({ outcome: 'accepted', error_code: null, error_kind: null });
  });

  test('failed: the reason is kept, with the delay that the provider asked for', async () => {
    const messageId = await storeMessage(db);
    const id = await storeAttempt(db, messageId);
    await recordFailed(db, id, { kind: 'throttled', code: 'smtp_4.7.0', message: 'Later.', retryAfterSeconds: 90 });
    expect([await findAttempt(db, id), await listAttempts(db, messageId)]).toMatchObject([
      { outcome: 'failed', error_kind: 'throttled', error_code: 'smtp_4.7.0', retry_after_seconds: 90 },
      [{ error_message: 'Later.', finished_at: expect.any(Date) }],
    ]);
  });

  test('uncertain is neither accepted nor failed', async () => {
    const id = await storeFailedAttempt(db, await storeMessage(db), { kind: 'uncertain' });
    expect((await findAttempt(db, id))?.outcome).toBe('uncertain');
  });
});

describe('an id of a provider', () => {
  test('that another attempt has tells nothing of this one', async () => {
    const id = await storeAcceptedAttempt(db, await storeMessage(db), { channel: 'sms' });
    expect(await isTakenByOther(db, uuidv7(), `provider-${id}`)).toBe(true);
  });

  test('that this attempt has is its own', async () => {
    const id = await storeAcceptedAttempt(db, await storeMessage(db), { channel: 'sms' });
    expect(await isTakenByOther(db, id, `provider-${id}`)).toBe(false);
  });

  test('that nobody has is free', async () => {
    expect(await isTakenByOther(db, uuidv7(), 'SM-free')).toBe(false);
  });

  test('can belong to one text message only', async () => {
    const messageId = await storeMessage(db);
    const [one, two] = [
      await storeAttempt(db, messageId, { channel: 'sms' }),
      await storeAttempt(db, messageId, { channel: 'sms' }),
    ];
    await recordAccepted(db, one, { providerMessageId: 'SM-one', segments: 1 });
    const error = await recordAccepted(db, two, { providerMessageId: 'SM-one', segments: 1 }).catch((e: unknown) => e);
    expect(isUniqueViolation(error, 'attempts_provider_message')).toBe(true);
  });

  test('can belong to two emails, because a repeated mail keeps its Message-ID', async () => {
    const messageId = await storeMessage(db);
    for (const id of [await storeAttempt(db, messageId), await storeAttempt(db, messageId)]) {
      await recordAccepted(db, id, { providerMessageId: '<m@example.com>', segments: null });
    }
    expect(await listAttempts(db, messageId)).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }]);
  });
});

async function fail(id: string, kind: 'uncertain' | 'transient'): Promise<void> {
  await recordFailed(db, id, { kind, code: 'timeout', message: 'No answer.', retryAfterSeconds: null });
}

async function deliveryStatusOf(id: string): Promise<string | null | undefined> {
  const row = await db.selectFrom('attempts').select('delivery_status').where('id', '=', id).executeTakeFirst();
  return row?.delivery_status;
}
