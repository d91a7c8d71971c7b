import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { render } from '../../src/activities/render.ts';
import { send } from '../../src/activities/send.ts';
import { listAttempts } from '../../src/db/attempts.ts';
import { reserveCost } from '../../src/db/daily-costs.ts';
import type { Database } from '../../src/db/database.ts';
import { updateRecipient } from '../../src/db/recipients.ts';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import type { SmsRules } from '../../src/domain/sending-rules.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { recipientValues, storeMessage, storeRecipient } from '../db/stored.ts';
import { freeRules } from '../support/free-rules.ts';
import { activityDependencies } from './dependencies.ts';

const BRITISH = '+442079460018';

let db: Database;
let close: () => Promise<void>;
let dependencies: ActivityDependencies;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  dependencies = activityDependencies(db);
});
afterAll(() => close());

/** A text of one segment that has been accepted. */
async function storeText(phone = BRITISH): Promise<string> {
  const { sealer } = dependencies;
  const recipient_id = await storeRecipient(db);
  const details = { externalId: null, name: null, email: null, phone, whatsapp: null };
  const details_sealed = sealer.seal(details, sealedPlaces.recipientDetails(recipient_id));
  await updateRecipient(db, recipientValues({ id: recipient_id, details_sealed }));
  const id = await storeMessage(db, { recipient_id, channel: 'sms', channels: ['sms'] });
  const body = { content: 'Hello', subject: null, html: null, variables: null, mediaUrl: null, replyTo: null };
  const body_sealed = sealer.seal(body, sealedPlaces.messageBody(id));
  await db.updateTable('messages').set({ body_sealed }).where('id', '=', id).execute();
  return id;
}

/** One attempt under rules that have changed since the text was accepted. */
async function attempt(messageId: string, rules: Partial<SmsRules>, token = 'step 1') {
  const free = freeRules();
  const changed = { ...free, sms: { ...free.sms, ...rules } };
  return await render({ ...dependencies, rules: changed }, { messageId, channel: 'sms', token, planRevision: 1 });
}

/** Prices in a currency of the test's own, so that no other test spends its day. */
const priced = (currency: string) => ({ prices: { currency, perSegment: { GB: '0.04' } } });

test.each<[string, Partial<SmsRules>, string, string]>([
  ['to a country that is not allowed any more', { countries: ['US'] }, 'unreachable', 'country_not_allowed'],
  ['that costs more than one may now', { ...priced('USD'), costLimit: '0.03' }, 'rejected', 'cost_limit_message'],
  ['whose price is not known any more', { costLimit: '0.03' }, 'rejected', 'cost_unknown'],
  ['that costs more than a day may', { ...priced('USD'), costLimitPerDay: '0.03' }, 'rejected', 'cost_limit_day'],
])('a text %s is not sent', async (_what, rules, kind, code) => {
  expect(await attempt(await storeText(), rules)).toEqual({ do: 'fail', failure: { kind, code } });
});

test('a text that is not sent says why in a sentence', async () => {
  const id = await storeText();
  await attempt(id, { countries: ['US'] });
  expect((await listAttempts(db, id))[0]?.error_message).toContain('SMS_COUNTRIES');
});

test('texts are sent until those of the day cost as much as they may', async () => {
  const rules = { ...priced('EUR'), costLimitPerDay: '0.1' };
  const results: string[] = [];
  for (let count = 0; count < 3; count += 1) results.push((await attempt(await storeText(), rules)).do);
  expect(results).toEqual(['send', 'send', 'fail']);
});

test('texts that are made at the same moment do not cost more than a day may', async () => {
  const rules = { ...priced('CHF'), costLimitPerDay: '0.1' };
  const texts = await Promise.all(Array.from({ length: 6 }, () => storeText()));
  const results = await Promise.all(texts.map((id) => attempt(id, rules)));
  expect(results.filter((result) => result.do === 'send')).toHaveLength(2);
});

test('a repeated step reserves nothing more', async () => {
  const rules = { ...priced('NOK'), costLimitPerDay: '0.04' };
  const id = await storeText();
  const first = await attempt(id, rules);
  expect(await attempt(id, rules)).toEqual(first);
});

test('another attempt of the same text reserves again', async () => {
  const rules = { ...priced('SEK'), costLimitPerDay: '0.04' };
  const id = await storeText();
  await attempt(id, rules);
  expect(await attempt(id, rules, 'step 2')).toMatchObject({ failure: { code: 'cost_limit_day' } });
});

test('a text that is cancelled before its provider is called leaves its cost to others', async () => {
  const rules = { ...priced('PLN'), costLimitPerDay: '0.04' };
  const messageId = await storeText();
  const made = await attempt(messageId, rules);
  const attemptId = made.do === 'send' ? made.attemptId : '';
  await db.updateTable('messages').set({ cancel_requested_at: new Date() }).where('id', '=', messageId).execute();
  expect(await send(dependencies, { messageId, attemptId })).toEqual({ outcome: 'stopped' });
  expect(await attempt(await storeText(), rules)).toMatchObject({ do: 'send' });
});

test('what the day has cost does not matter to texts without a limit', async () => {
  await reserveCost(db, { channel: 'sms', currency: 'DKK' }, '1', '1');
  expect(await attempt(await storeText(), priced('DKK'))).toMatchObject({ do: 'send' });
});

test('an attempt is kept with its estimate', async () => {
  const id = await storeText();
  await attempt(id, priced('USD'));
  const estimate = { cost_amount: '0.040000', cost_currency: 'USD', cost_final: false };
  expect((await listAttempts(db, id))[0]).toMatchObject(estimate);
});

test('a text to a country with a sender of its own comes from that one', async () => {
  expect(await attempt(await storeText(), { sendersByCountry: ['GB'] })).toMatchObject({ do: 'send', sender: 'GB' });
});
