import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServiceContext } from '../../src/service/context.ts';
import { eraseRecipientById } from '../../src/service/erase-recipient.ts';
import { type Gateway, TemporalUnavailable } from '../../src/temporal/gateway.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const CALLER = { apiKeyId: null, actor: 'test', scopes: [] };

/** A person with three pending messages and one that has been sent. */
async function storePerson(external_id: string): Promise<{ id: string; pending: string[] }> {
  const recipient = { external_id, email: `${external_id}@example.com` };
  const message = { recipient, channel: 'email', content: 'Hello', send_at: '2099-01-01T00:00:00Z' };
  const ids = await Promise.all([1, 2, 3, 4].map(() => service.sent(message)));
  const [sent, ...pending] = ids as [string, ...string[]];
  await service.db.updateTable('messages').set({ status: 'sent', waiting_for: null }).where('id', '=', sent).execute();
  const { json } = await service.request('GET', `/api/recipients/?external_id=${external_id}`);
  return { id: json.results[0].id, pending };
}

/** The service with another way to signal, and the messages that were signalled. */
function watched(pass: Gateway['signal']): { context: ServiceContext; signalled: string[] } {
  const signalled: string[] = [];
  const signal: Gateway['signal'] = async (message, input, labels) => {
    signalled.push(input.messageId);
    await pass(message, input, labels);
  };
  return { context: { ...service.context, gateway: { ...service.context.gateway, signal } }, signalled };
}

test('the workflows of pending messages are told once the person is erased, the others are not', async () => {
  const { id, pending } = await storePerson('ada');
  const { context, signalled } = watched(async (message, input, labels) => {
    await service.context.gateway.signal(message, input, labels);
  });
  await eraseRecipientById(context, CALLER, id);
  expect(signalled.sort()).toEqual(pending.sort());
});

test('a person is erased although Temporal is away, which is not asked for every message', async () => {
  const { id } = await storePerson('bob');
  let calls = 0;
  const { context } = watched(async () => {
    calls += 1;
    throw new TemporalUnavailable('away');
  });
  await eraseRecipientById(context, CALLER, id);
  const { status } = await service.request('GET', `/api/recipients/${id}/`);
  expect([status, calls]).toEqual([404, 3]);
});
