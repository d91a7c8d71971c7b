import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertAttachments } from '../../src/db/attachments.ts';
import type { Database } from '../../src/db/database.ts';
import { type DeliveryRow, lockDelivery, recordStep } from '../../src/db/deliveries.ts';
import { listEvents } from '../../src/db/message-events.ts';
import { eraseMessage, findMessage, requestCancel } from '../../src/db/messages.ts';
import { insertSuppression } from '../../src/db/suppressions.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { DeliveryStatus } from '../../src/domain/statuses.ts';
import { openTestDatabase } from './open-test-database.ts';
import {
  deliveryStep,
  sentStep,
  storeAcceptedAttempt,
  storeAttempt,
  storeFailedAttempt,
  storeMessage,
  storeRecipient,
} from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

async function read(messageId: string, channel: Channel = 'email', token = 'step'): Promise<DeliveryRow | undefined> {
  return await lockDelivery(db, { messageId, channel, token });
}

describe('what an attempt needs to know', () => {
  test('the message, its plan and its recipient', async () => {
    const recipient_id = await storeRecipient(db, { locale: 'de', time_zone: 'Europe/Berlin' });
    const id = await storeMessage(db, { recipient_id, channels: ['email', 'sms'], until: 'read' });
    expect(await read(id)).toMatchObject({
      ...{ id, recipient_id, body_sealed: Buffer.from('sealed'), details_sealed: Buffer.from('sealed') },
      ...{ locale: 'de', time_zone: 'Europe/Berlin', plan_revision: 1, channels: ['email', 'sms'], until: 'read' },
    });
  });

  test('nothing where there is no such message', async () => {
    expect(await read(uuidv7())).toBeUndefined();
  });

  test('the template version of the channel of the attempt, not of the channel in use', async () => {
    const versions = { email: uuidv7(), sms: uuidv7() };
    const id = await storeMessage(db, { template_version_ids: versions });
    expect((await read(id, 'sms'))?.template_version_id).toBe(versions.sms);
  });

  test('that the template has no variant for a channel', async () => {
    const id = await storeMessage(db, { template_version_ids: { email: uuidv7() } });
    expect((await read(id, 'whatsapp'))?.template_version_id).toBeNull();
  });

  test('how many attachments there are', async () => {
    const id = await storeMessage(db);
    const content = { details_sealed: Buffer.from(''), content_sealed: Buffer.from(''), size: 0 };
    const rows = [0, 1].map((position) => ({ id: uuidv7(), message_id: id, position, ...content }));
    await insertAttachments(db, { rows, chunks: [] });
    expect((await read(id))?.attachment_count).toBe(2);
  });

  test('that nothing stops it', async () => {
    expect(await read(await storeMessage(db))).toMatchObject({
      ...{ is_stopped: false, is_suppressed: false, known_attempt_id: null, taken_attempt_id: null },
    });
  });

  test('that the message was cancelled', async () => {
    const id = await storeMessage(db);
    await requestCancel(db, id);
    expect((await read(id))?.is_stopped).toBe(true);
  });

  test('that the message was erased', async () => {
    const id = await storeMessage(db);
    await eraseMessage(db, id);
    expect(await read(id)).toMatchObject({ is_stopped: true, body_sealed: null });
  });

  test('the attempt that an earlier run of the same step had made', async () => {
    const id = await storeMessage(db);
    const attempt = await storeAttempt(db, id, { token: 'step' });
    expect((await read(id))?.known_attempt_id).toBe(attempt);
  });

  test('no attempt of another step or another message', async () => {
    const [id, other] = [await storeMessage(db), await storeMessage(db)];
    await storeAttempt(db, id, { token: 'earlier step' });
    await storeAttempt(db, other, { token: 'step' });
    expect((await read(id))?.known_attempt_id).toBeNull();
  });
});

describe('an address that must not be used', () => {
  test.each([
    ['email', 'email_hash'],
    ['sms', 'phone_hash'],
    ['whatsapp', 'whatsapp_hash'],
  ] as const)('is known on %s', async (channel, column) => {
    const hash = Buffer.from(`${channel} address`);
    const id = await storeMessage(db, { recipient_id: await storeRecipient(db, { [column]: hash }) });
    await insertSuppression(db, { channel, addressHash: hash, reason: 'stop' });
    expect((await read(id, channel))?.is_suppressed).toBe(true);
  });

  test('may be used on another channel', async () => {
    const hash = Buffer.from('one number for both');
    const id = await storeMessage(db, {
      recipient_id: await storeRecipient(db, { phone_hash: hash, whatsapp_hash: hash }),
    });
    await insertSuppression(db, { channel: 'sms', addressHash: hash, reason: 'stop' });
    expect((await read(id, 'whatsapp'))?.is_suppressed).toBe(false);
  });

  test('does not stop the message of somebody else', async () => {
    const id = await storeMessage(db, { recipient_id: await storeRecipient(db, { email_hash: Buffer.from('mine') }) });
    await insertSuppression(db, { channel: 'email', addressHash: Buffer.from('yours'), reason: 'stop' });
    expect((await read(id))?.is_suppressed).toBe(false);
  });
});

describe('an attempt of unknown outcome', () => {
  test.each(['accepted', 'delivered', 'read', 'complained'] as const)(
    'counts as taken once a receipt says %s',
    async (status) => {
      const id = await storeMessage(db);
      const attempt = await storeFailedAttempt(db, id, { kind: 'uncertain' });
      await setDeliveryStatus(attempt, status);
      expect((await read(id))?.taken_attempt_id).toBe(attempt);
    },
  );

  test.each(['undelivered', 'bounced', null] as const)('does not count as taken where it is %s', async (status) => {
    const id = await storeMessage(db);
    await setDeliveryStatus(await storeFailedAttempt(db, id, { kind: 'uncertain' }), status);
    expect((await read(id))?.taken_attempt_id).toBeNull();
  });

  test('does not count as taken on another channel', async () => {
    const id = await storeMessage(db);
    await setDeliveryStatus(await storeFailedAttempt(db, id, { kind: 'uncertain', channel: 'sms' }), 'delivered');
    expect((await read(id, 'email'))?.taken_attempt_id).toBeNull();
  });
});

describe('one step of a message', () => {
  test('is kept with its event', async () => {
    const id = await storeMessage(db);
    const event = { type: 'attempt_failed', channel: 'email', detail: 'smtp_4.2.2', actor: 'workflow' } as const;
    await recordStep(db, deliveryStep(id, { status: 'failed', channel: 'sms', waitingFor: 'operator', event }));
    expect([await findMessage(db, id), (await listEvents(db, id)).at(-1)]).toMatchObject([
      { status: 'failed', channel: 'sms', waiting_for: 'operator' },
      event,
    ]);
  });

  test('keeps since when the message has failed, and no longer once it is sent after all', async () => {
    const id = await storeMessage(db);
    const failedAt = async () => {
      const query = db.selectFrom('messages').select('failed_at').where('id', '=', id);
      return (await query.executeTakeFirstOrThrow()).failed_at;
    };
    await recordStep(db, deliveryStep(id, { token: 'first', status: 'failed' }));
    const first = await failedAt();
    await recordStep(db, deliveryStep(id, { token: 'second', status: 'failed' }));
    const second = await failedAt();
    await recordStep(db, deliveryStep(id, { token: 'third', status: 'sent' }));
    expect([first, second, await failedAt()]).toEqual([expect.any(Date), first, null]);
  });

  test('ends the hand-over to the provider', async () => {
    const id = await storeMessage(db);
    await storeAttempt(db, id);
    await recordStep(db, deliveryStep(id));
    expect((await findMessage(db, id))?.calling_attempt_id).toBeNull();
  });

  test('that is repeated adds no second event', async () => {
    const id = await storeMessage(db);
    await recordStep(db, deliveryStep(id, { token: 'step' }));
    await recordStep(db, deliveryStep(id, { token: 'step' }));
    expect(await listEvents(db, id)).toHaveLength(2);
  });

  test('that is repeated late does not set the message back', async () => {
    const id = await storeMessage(db);
    await recordStep(db, deliveryStep(id, { token: 'first', waitingFor: 'retry' }));
    await recordStep(db, deliveryStep(id, { token: 'second', status: 'failed', waitingFor: 'operator' }));
    await recordStep(db, deliveryStep(id, { token: 'first', waitingFor: 'retry' }));
    expect(await findMessage(db, id)).toMatchObject({ status: 'failed', waiting_for: 'operator' });
  });

  test('that two workers keep at the same moment is kept once', async () => {
    const id = await storeMessage(db);
    const step = deliveryStep(id, { token: 'step' });
    await Promise.all([recordStep(db, step), recordStep(db, step), recordStep(db, step)]);
    expect(await listEvents(db, id)).toHaveLength(2);
  });

  test('of a message that is gone changes nothing', async () => {
    await expect(recordStep(db, deliveryStep(uuidv7()))).resolves.toBeUndefined();
  });
});

describe('the moment of sending', () => {
  test('is when a provider has taken the message', async () => {
    const id = await storeMessage(db);
    await recordStep(db, sentStep(id));
    expect((await findMessage(db, id))?.sent_at).toBeInstanceOf(Date);
  });

  test('is unset while no provider has', async () => {
    const id = await storeMessage(db);
    await recordStep(db, deliveryStep(id, { status: 'failed' }));
    expect((await findMessage(db, id))?.sent_at).toBeNull();
  });

  test('stays the first one when the message escalates to another channel', async () => {
    const id = await storeMessage(db);
    await recordStep(db, sentStep(id));
    const first = (await findMessage(db, id))?.sent_at;
    await recordStep(db, sentStep(id, { channel: 'sms' }));
    expect((await findMessage(db, id))?.sent_at).toEqual(first);
  });
});

describe('the error of a message', () => {
  const failed = { status: 'failed', errorCode: 'smtp_5.1.1', errorSentence: 'The general sentence.' } as const;

  test('has the sentence of the attempt that failed with it', async () => {
    const id = await storeMessage(db);
    await storeFailedAttempt(db, id, { code: 'smtp_5.1.1' });
    await recordStep(db, deliveryStep(id, failed));
    expect(await findMessage(db, id)).toMatchObject({
      ...{ error_code: 'smtp_5.1.1', error_message: 'Sentence of smtp_5.1.1.' },
    });
  });

  test('has the general sentence where no attempt failed with it', async () => {
    const id = await storeMessage(db);
    await storeFailedAttempt(db, id, { code: 'smtp_4.2.2' });
    await recordStep(db, deliveryStep(id, failed));
    expect((await findMessage(db, id))?.error_message).toBe('The general sentence.');
  });

  test('does not take the sentence of another message', async () => {
    const [id, other] = [await storeMessage(db), await storeMessage(db)];
    await storeFailedAttempt(db, other, { code: 'smtp_5.1.1' });
    await recordStep(db, deliveryStep(id, failed));
    expect((await findMessage(db, id))?.error_message).toBe('The general sentence.');
  });

  test('is gone once the message goes well', async () => {
    const id = await storeMessage(db);
    await recordStep(db, deliveryStep(id, failed));
    await recordStep(db, sentStep(id));
    expect(await findMessage(db, id)).toMatchObject({ error_code: null, error_message: null });
  });
});

describe('how far delivery has come', () => {
  test('is unknown while no provider has taken the message', async () => {
    const id = await storeMessage(db);
    await recordStep(db, deliveryStep(id));
    expect((await findMessage(db, id))?.delivery_status).toBeNull();
  });

  test('is accepted, with the segments, once a provider has taken it', async () => {
    const id = await storeMessage(db);
    await storeAcceptedAttempt(db, id, { channel: 'sms', segments: 3 });
    await recordStep(db, sentStep(id, { channel: 'sms' }));
    expect(await findMessage(db, id)).toMatchObject({ delivery_status: 'accepted', segments: 3 });
  });

  test('is what a receipt said that came before the step', async () => {
    const id = await storeMessage(db);
    await setDeliveryStatus(await storeAcceptedAttempt(db, id), 'delivered');
    await recordStep(db, sentStep(id));
    expect((await findMessage(db, id))?.delivery_status).toBe('delivered');
  });

  test('is not set back by a second channel', async () => {
    const id = await storeMessage(db);
    await db.updateTable('messages').set({ delivery_status: 'delivered' }).where('id', '=', id).execute();
    await storeAcceptedAttempt(db, id, { channel: 'sms' });
    await recordStep(db, sentStep(id, { channel: 'sms' }));
    expect((await findMessage(db, id))?.delivery_status).toBe('delivered');
  });

  test.each(['undelivered', 'bounced'] as const)('begins anew on the next channel after %s', async (status) => {
    const id = await storeMessage(db);
    await db.updateTable('messages').set({ delivery_status: status }).where('id', '=', id).execute();
    await storeAcceptedAttempt(db, id, { channel: 'sms' });
    await recordStep(db, sentStep(id, { channel: 'sms' }));
    expect((await findMessage(db, id))?.delivery_status).toBe('accepted');
  });

  test('is that of an attempt of unknown outcome which a receipt has told to be taken', async () => {
    const id = await storeMessage(db);
    await setDeliveryStatus(await storeFailedAttempt(db, id, { channel: 'sms', kind: 'uncertain' }), 'delivered');
    await storeAcceptedAttempt(db, id, { channel: 'whatsapp' });
    await recordStep(db, sentStep(id, { channel: 'sms' }));
    expect((await findMessage(db, id))?.delivery_status).toBe('delivered');
  });

  test('does not change with steps that send nothing', async () => {
    const id = await storeMessage(db);
    await db.updateTable('messages').set({ delivery_status: 'bounced' }).where('id', '=', id).execute();
    await storeAcceptedAttempt(db, id);
    await recordStep(db, deliveryStep(id));
    expect((await findMessage(db, id))?.delivery_status).toBe('bounced');
  });
});

async function setDeliveryStatus(attemptId: string, status: DeliveryStatus | null): Promise<void> {
  await db.updateTable('attempts').set({ delivery_status: status }).where('id', '=', attemptId).execute();
}
