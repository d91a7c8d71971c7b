import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAttempts } from '../../src/db/attempts.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { DeliveryStatus } from '../../src/domain/statuses.ts';
import { takeReceipt } from '../../src/service/take-receipt.ts';
import type { Gateway } from '../../src/temporal/gateway.ts';
import { storeAcceptedAttempt, storeFailedAttempt } from '../db/stored.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const RECIPIENT = { phone: '+15005558811', whatsapp: '+15005558811' };

async function stored(): Promise<string> {
  return await service.sent({
    recipient: RECIPIENT,
    channel: 'whatsapp',
    fallback_channels: ['sms'],
    content: 'Hello',
  });
}

async function inDoubt(messageId: string, channel: Channel = 'whatsapp'): Promise<string> {
  return await storeFailedAttempt(service.db, messageId, { channel, kind: 'uncertain', code: 'twilio_timeout' });
}

async function accepted(messageId: string, channel: Channel = 'whatsapp'): Promise<string> {
  return await storeAcceptedAttempt(service.db, messageId, { channel });
}

/** Takes a receipt for an attempt, and gives the names of the signals that its workflow gets. */
async function signalsOf(attemptId: string, status: DeliveryStatus, providerMessageId = attemptId): Promise<string[]> {
  const names: string[] = [];
  const signal: Gateway['signal'] = async ({ name }) => {
    names.push(name);
  };
  const context = { ...service.context, gateway: { ...service.context.gateway, signal } };
  await takeReceipt(context, {
    ...{ provider: 'twilio', attemptId, providerMessageId, status, failure: null },
    ...{ dedupeKey: `${providerMessageId}:${status}`, raw: '' },
  });
  return names;
}

describe('that an attempt could not be delivered', () => {
  test('is told to the workflow', async () => {
    expect(await signalsOf(await accepted(await stored()), 'undelivered')).toEqual(['receipt']);
  });

  test('is not told where the next attempt on the channel is on its way', async () => {
    const id = await stored();
    const first = await inDoubt(id);
    await accepted(id);
    expect(await signalsOf(first, 'undelivered')).toEqual([]);
  });

  test('is told where the next attempt on the channel was not delivered either', async () => {
    const id = await stored();
    const first = await inDoubt(id);
    const second = await accepted(id);
    await signalsOf(second, 'undelivered', `provider-${second}`);
    expect(await signalsOf(first, 'undelivered')).toEqual(['receipt']);
  });

  test('is not told where the message has arrived by an earlier attempt', async () => {
    const id = await stored();
    const first = await inDoubt(id);
    const second = await accepted(id);
    await signalsOf(first, 'delivered');
    expect(await signalsOf(second, 'undelivered', `provider-${second}`)).toEqual([]);
  });

  test('is not told where the message has arrived on another channel', async () => {
    const id = await stored();
    await signalsOf(await accepted(id), 'delivered');
    expect(await signalsOf(await accepted(id, 'sms'), 'undelivered')).toEqual([]);
  });
});

test('a receipt for an attempt in doubt tells of the next one, where that has found what became of it', async () => {
  const id = await stored();
  const [first, second] = [await inDoubt(id), await accepted(id)];
  await signalsOf(first, 'undelivered', `provider-${second}`);
  const statuses = await service.db.selectFrom('attempts').select(['id', 'delivery_status']).execute();
  expect(statuses.find((attempt) => attempt.id === second)?.delivery_status).toBe('undelivered');
});

test('a receipt that brings an id which was mistaken for another message is kept all the same', async () => {
  const [one, other] = [await stored(), await stored()];
  const mistaken = await accepted(other);
  const attemptId = await inDoubt(one);
  await signalsOf(attemptId, 'delivered', `provider-${mistaken}`);
  const { json } = await service.request('GET', `/api/messages/${one}/`);
  expect([json.delivery_status, await listAttempts(service.db, one)]).toMatchObject([
    'delivered',
    [{ provider_message_id: null }],
  ]);
});
