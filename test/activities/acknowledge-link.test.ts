import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import type { Outgoing } from '../../src/activities/outgoing.ts';
import { render } from '../../src/activities/render.ts';
import { addressHash } from '../../src/db/address-hash.ts';
import { findAttempt, listAttempts } from '../../src/db/attempts.ts';
import type { Database } from '../../src/db/database.ts';
import { updateRecipient } from '../../src/db/recipients.ts';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import { openWindow } from '../../src/db/whatsapp-windows.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { MessageBody } from '../../src/domain/message-body.ts';
import type { EscalationGoal } from '../../src/domain/statuses.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { recipientValues, storeMessage, storeRecipient } from '../db/stored.ts';
import { freeRules } from '../support/free-rules.ts';
import { activityDependencies } from './dependencies.ts';

const PERSON = { email: 'ada@example.com', phone: '+442079460018', whatsapp: '+447911123457' };
const LINK = /https:\/\/messages\.example\.com\/a\/([\w-]{43})/;

let db: Database;
let close: () => Promise<void>;
let dependencies: ActivityDependencies;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  dependencies = activityDependencies(db);
});
afterAll(() => close());

/** An alert that has been accepted. */
async function storeAlert(
  channel: Channel,
  words: Partial<MessageBody>,
  until: EscalationGoal | null = 'acknowledged',
): Promise<string> {
  const { sealer } = dependencies;
  const recipient_id = await storeRecipient(db);
  const details = { externalId: null, name: null, ...PERSON };
  const details_sealed = sealer.seal(details, sealedPlaces.recipientDetails(recipient_id));
  await updateRecipient(db, recipientValues({ id: recipient_id, details_sealed }));
  const escalation = { until, escalate_after_seconds: until === null ? null : 60 };
  const id = await storeMessage(db, { recipient_id, channel, channels: [channel], priority: 'high', ...escalation });
  const body: MessageBody = {
    ...{ content: 'The pump has failed.', subject: null, html: null, variables: {}, mediaUrl: null, replyTo: null },
    ...words,
  };
  const body_sealed = sealer.seal(body, sealedPlaces.messageBody(id));
  await db.updateTable('messages').set({ body_sealed }).where('id', '=', id).execute();
  return id;
}

/** What the next attempt hands to its provider. */
async function attempt(messageId: string, channel: Channel, parts: Partial<ActivityDependencies> = {}, token = '1') {
  const step = { messageId, channel, token: `step ${token}`, planRevision: 1 };
  const result = await render({ ...dependencies, ...parts }, step);
  if (result.do !== 'send') throw new Error(JSON.stringify(result));
  const { attemptId } = result;
  const row = await findAttempt(db, attemptId);
  const place = sealedPlaces.attemptOutgoing(attemptId);
  return { attemptId, ...dependencies.sealer.open<Outgoing>(row?.outgoing_sealed as Buffer, place) };
}

const attemptOf = (text: string) => dependencies.links.read('acknowledge', LINK.exec(text)?.[1] ?? '')?.attemptId;

test.each<Channel>(['email', 'sms'])('an alert by %s ends with the link of its attempt', async (channel) => {
  const { attemptId, content } = await attempt(await storeAlert(channel, {}), channel);
  expect([content.text.split('\n')[0], attemptOf(content.text)]).toEqual(['The pump has failed.', attemptId]);
});

test('each attempt has a link of its own', async () => {
  const id = await storeAlert('sms', {});
  const first = await attempt(id, 'sms', {}, '1');
  const second = await attempt(id, 'sms', {}, '2');
  expect(attemptOf(second.content.text)).not.toBe(attemptOf(first.content.text));
});

test('an alert that prints its link has it there alone', async () => {
  const { content } = await attempt(await storeAlert('sms', { content: 'Down: {{ acknowledge_url }} !' }), 'sms');
  expect(content.text.replace(LINK, '(link)')).toBe('Down: (link) !');
});

test('a message that asks for no confirmation has no link', async () => {
  const { content } = await attempt(await storeAlert('sms', {}, null), 'sms');
  expect(content.text).toBe('The pump has failed.');
});

test('the segments of a text count its link', async () => {
  const id = await storeAlert('sms', { content: 'x'.repeat(150) });
  await attempt(id, 'sms');
  const query = db.selectFrom('attempts').select('expected_segments').where('message_id', '=', id);
  expect(await query.executeTakeFirst()).toEqual({ expected_segments: 2 });
});

test('what a text may cost counts its link', async () => {
  const free = freeRules({ currency: 'USD', perSegment: { GB: '0.04' } });
  const rules = { ...free, sms: { ...free.sms, costLimit: '0.04' } };
  const id = await storeAlert('sms', { content: 'x'.repeat(150) });
  await expect(attempt(id, 'sms', { rules })).rejects.toThrow('cost_limit_message');
});

test('the link of an email is not tracked', async () => {
  const words = { html: '<p><a href="https://example.com/">Read</a></p>', tracking: 'clicks' } as const;
  const { content } = await attempt(await storeAlert('email', words), 'email');
  const hrefs = [...(content.html ?? '').matchAll(/href="https:\/\/messages\.example\.com\/(\w)\//g)];
  expect(hrefs.map(([, path]) => path)).toEqual(['t', 'a']);
});

test('an alert on WhatsApp has a button whose id is the token of its attempt', async () => {
  const { attemptId, content } = await attempt(await storeAlert('whatsapp', {}), 'whatsapp');
  const [button] = content.interactive?.type === 'quick_reply' ? content.interactive.actions : [];
  const confirmed = dependencies.links.read('acknowledge', button?.id ?? '')?.attemptId;
  expect([content.text, button?.title, confirmed]).toEqual(['The pump has failed.', 'Confirm', attemptId]);
});

test('an alert on WhatsApp with a list has the link in its text', async () => {
  await openWindow(
    db,
    { sender: '+14155238886', addressHash: addressHash(dependencies.sealer, 'whatsapp', PERSON.whatsapp) },
    new Date(),
  );
  const interactive = { type: 'list', button: 'Choose', items: [{ id: 'a', title: 'A' }] } as const;
  const { attemptId, content } = await attempt(await storeAlert('whatsapp', { interactive }), 'whatsapp');
  expect([attemptOf(content.text), content.interactive]).toEqual([attemptId, interactive]);
});

test('an alert that is too long with its link goes to the next channel', async () => {
  const id = await storeAlert('sms', { content: 'x'.repeat(1_590) });
  await expect(attempt(id, 'sms')).rejects.toThrow('content_too_long');
  expect((await listAttempts(db, id))[0]?.error_kind).toBe('rejected');
});
