import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChannelSetup } from '../../src/domain/channel-setup.ts';
import { storeAcceptedAttempt, storeFailedAttempt, storeMessage } from '../db/stored.ts';
import { type Service, startService } from '../support/service.ts';

let setups: ChannelSetup[] = [];
let looks = 0;
let service: Service;

beforeAll(async () => {
  setups = [
    { channel: 'email', isConfigured: true, checks: [{ name: 'spf', state: 'warning', sentence: 'Publish it.' }] },
    { channel: 'sms', isConfigured: true, checks: [{ name: 'sender', state: 'wrong', sentence: 'Buy it.' }] },
    { channel: 'whatsapp', isConfigured: false, checks: [] },
  ];
  service = await startService({
    checkSetup: async () => {
      looks += 1;
      return setups;
    },
  });
});
afterAll(() => service.close());

async function channel(name: string) {
  const { json } = await service.request('GET', '/api/health/');
  return json.channels.find((one: { channel: string }) => one.channel === name);
}

describe('a channel', () => {
  test('is up with a warning, which is shown', async () => {
    const checks = [{ name: 'spf', state: 'warning', sentence: 'Publish it.' }];
    expect(await channel('email')).toMatchObject({ state: 'up', checks });
  });

  test('is degraded while its set-up is wrong', async () => {
    expect(await channel('sms')).toMatchObject({ state: 'degraded', rate_limit_per_second: 20 });
  });

  test('is off without credentials', async () => {
    expect(await channel('whatsapp')).toMatchObject({ state: 'off', checks: [], last_success_at: null });
  });

  test('without attempts has no error rate', async () => {
    expect(await channel('whatsapp')).toMatchObject({ error_rate: null, rate_per_second: 0 });
  });

  test('counts what is its own fault, not that of a person or a message, and says when it last worked', async () => {
    const message = await storeMessage(service.db);
    await storeAcceptedAttempt(service.db, message);
    for (const kind of ['transient', 'misconfigured', 'unreachable', 'rejected'] as const) {
      await storeFailedAttempt(service.db, message, { kind });
    }
    expect(await channel('email')).toMatchObject({
      ...{ state: 'up', error_rate: 0.4, rate_per_second: 5 / 300 },
      last_success_at: expect.any(String),
    });
  });

  test('is degraded while most of its attempts fail', async () => {
    const message = await storeMessage(service.db);
    for (let count = 0; count < 5; count += 1) await storeFailedAttempt(service.db, message, { kind: 'transient' });
    expect(await channel('email')).toMatchObject({ state: 'degraded' });
  });
});

test('providers and the DNS are not asked anew at each look', async () => {
  await service.request('GET', '/api/health/');
  await service.request('GET', '/api/health/');
  expect(looks).toBe(1);
});

test('each task queue says what waits on it, and whether somebody works on it', async () => {
  const { json } = await service.request('GET', '/api/health/');
  expect(json.task_queues).toEqual(
    ['messages', 'channel-whatsapp', 'channel-email', 'channel-sms', 'maintenance'].map((name) => ({
      ...{ name, has_worker: false, length: 0, age_seconds: 0 },
    })),
  );
});

test('a message that no worker takes is seen on its queue', async () => {
  await service.sent({ recipient: { email: 'waiting@example.com' }, channel: 'email', content: 'Hello' });
  await expect
    .poll(async () => (await service.request('GET', '/api/health/')).json.task_queues[0].length, { timeout: 10_000 })
    .toBe(1);
});
