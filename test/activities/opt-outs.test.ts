import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { render } from '../../src/activities/render.ts';
import { findAttempt } from '../../src/db/attempts.ts';
import type { Database } from '../../src/db/database.ts';
import { insertOptOuts } from '../../src/db/opt-outs.ts';
import { updateRecipient } from '../../src/db/recipients.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { OptOut } from '../../src/domain/opt-outs.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { recipientValues, storeMessage, storeRecipient } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

let db: Database;
let close: () => Promise<void>;
let dependencies: ActivityDependencies;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  dependencies = activityDependencies(db);
});
afterAll(() => close());

/** A marketing message that was accepted before its recipient opted out. */
async function storeLateOptOut(optOut: OptOut): Promise<string> {
  const { sealer } = dependencies;
  const recipient_id = await storeRecipient(db);
  const details = { externalId: null, name: null, email: 'ada@example.com', phone: '+447911123456', whatsapp: null };
  const details_sealed = sealer.seal(details, `recipients.details:${recipient_id}`);
  await updateRecipient(db, recipientValues({ id: recipient_id, details_sealed }));
  const id = await storeMessage(db, { recipient_id, channels: ['email', 'sms'], category: 'marketing' });
  const body = { content: 'Hello', subject: null, html: null, variables: null, mediaUrl: null, replyTo: null };
  const body_sealed = sealer.seal(body, `messages.body:${id}`);
  await db.updateTable('messages').set({ body_sealed }).where('id', '=', id).execute();
  await insertOptOuts(db, recipient_id, [optOut], 'api');
  return id;
}

const attempt = async (messageId: string, channel: Channel) =>
  await render(dependencies, { messageId, channel, token: `step ${channel}`, planRevision: 1 });

test.each<[string, OptOut]>([
  ['the channel', { channel: 'email', category: null }],
  ['the category', { channel: null, category: 'marketing' }],
  ['the category on the channel', { channel: 'email', category: 'marketing' }],
])('an opt-out of %s after acceptance makes the attempt fail as unreachable', async (_what, optOut) => {
  const id = await storeLateOptOut(optOut);
  expect(await attempt(id, 'email')).toEqual({
    do: 'fail',
    failure: { kind: 'unreachable', code: 'opted_out_by_recipient' },
  });
});

test.each<[string, OptOut]>([
  ['another channel', { channel: 'whatsapp', category: null }],
  ['another category', { channel: null, category: 'news' }],
])('an opt-out of %s stops nothing', async (_what, optOut) => {
  const id = await storeLateOptOut(optOut);
  expect(await attempt(id, 'email')).toEqual({ do: 'send', attemptId: expect.any(String) });
});

test('the next channel of the plan is still tried', async () => {
  const id = await storeLateOptOut({ channel: 'email', category: null });
  await attempt(id, 'email');
  const result = await attempt(id, 'sms');
  const row = 'attemptId' in result ? await findAttempt(db, result.attemptId) : undefined;
  expect(row?.channel).toBe('sms');
});

test('the failed attempt says what happened in a sentence', async () => {
  const id = await storeLateOptOut({ channel: 'email', category: null });
  await attempt(id, 'email');
  const query = db.selectFrom('attempts').select('error_message').where('message_id', '=', id);
  expect((await query.executeTakeFirst())?.error_message).toContain('does not want such messages');
});
