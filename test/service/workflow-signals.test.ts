import { afterAll, beforeAll, expect, test } from 'vitest';
import { acknowledge } from '../../src/service/acknowledge.ts';
import { changeMessage } from '../../src/service/change-message.ts';
import type { ServiceContext } from '../../src/service/context.ts';
import { takeReceipt } from '../../src/service/take-receipt.ts';
import type { Gateway } from '../../src/temporal/gateway.ts';
import { storeAttempt } from '../db/stored.ts';
import { type Service, startService } from '../support/service.ts';

/*
 * A signal may start a new run of the workflow from the message's row. Were the row free meanwhile, the old run could
 * record `sent` and end in between, and the new one would send the message again.
 */

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(async () => await service.close());

test('while a workflow is told of a receipt, its message does not change', async () => {
  const id = await service.sent({ recipient: { phone: '+15005558801' }, channel: 'sms', content: 'Hello' });
  const attemptId = await attemptOf(id);
  const { context, locks } = watched(id);
  await takeReceipt(context, {
    ...{ provider: 'twilio', attemptId, providerMessageId: 'SM1', status: 'undelivered', failure: null },
    ...{ dedupeKey: 'SM1:failed', raw: '' },
  });
  expect(locks).toEqual(['locked']);
});

test('while a workflow is told of a change, its message does not change again', async () => {
  const send_at = new Date(Date.now() + 3_600_000).toISOString();
  const id = await service.sent({ recipient: { phone: '+15005558802' }, channel: 'sms', content: 'Hello', send_at });
  const { context, locks } = watched(id);
  await changeMessage(context, { apiKeyId: null, actor: 'test', scopes: [] }, id, { content: 'Bye' }, () => true);
  expect(locks).toEqual(['locked']);
});

test('while a workflow is told that its message is confirmed, the message does not change', async () => {
  const id = await service.sent({
    ...{ recipient: { phone: '+15005558803' }, channel: 'sms', content: 'Hello' },
    ...{ until: 'acknowledged', escalate_after: 60 },
  });
  const { context, locks } = watched(id);
  const link = context.links.link('acknowledge', { attemptId: await storeAttempt(service.db, id) });
  await acknowledge(context, link.slice(link.lastIndexOf('/') + 1));
  expect(locks).toEqual(['locked']);
});

/** The service, noting at each signal whether anybody else could change the message. */
function watched(id: string): { context: ServiceContext; locks: string[] } {
  const locks: string[] = [];
  const signal: Gateway['signal'] = async (...parameters) => {
    const query = service.db.selectFrom('messages').where('id', '=', id).select('id').forUpdate().skipLocked();
    locks.push((await query.executeTakeFirst()) === undefined ? 'locked' : 'free');
    await service.context.gateway.signal(...parameters);
  };
  return { context: { ...service.context, gateway: { ...service.context.gateway, signal } }, locks };
}

async function attemptOf(messageId: string): Promise<string> {
  const id = '01a211c5-37e8-73be-b2de-c7cc5e10c155';
  const attempt = { id, message_id: messageId, number: 1, token: 'run:1', channel: 'sms' as const };
  await service.db.insertInto('attempts').values(attempt).execute();
  return id;
}
