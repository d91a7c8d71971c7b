import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchBills } from '../../src/activities/bills.ts';
import { type Bill, DeliveryFailure } from '../../src/channels/channel.ts';
import { listAttempts } from '../../src/db/attempts.ts';
import type { Database } from '../../src/db/database.ts';
import { listEvents } from '../../src/db/message-events.ts';
import { findMessage } from '../../src/db/messages.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { storeAcceptedAttempt, storeFailedAttempt, storeMessage } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

let db: Database;
let close: () => Promise<void>;
/** What the provider says of each message. */
let answers: Map<string, Bill | DeliveryFailure>;
let asked: string[];

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(() => {
  answers = new Map();
  asked = [];
});

const NOT_YET: Bill = { cost: null, segments: null };

async function run(): Promise<number> {
  const fetchBill = async (id: string) => {
    asked.push(id);
    const answer = answers.get(id) ?? NOT_YET;
    if (answer instanceof DeliveryFailure) throw answer;
    return answer;
  };
  return await fetchBills(activityDependencies(db, { bills: { fetchBill } }));
}

/** A text of two segments that the provider has taken, whose bill is due. */
async function takenText(answer: Bill | DeliveryFailure = NOT_YET) {
  const id = await storeMessage(db, { channel: 'sms', channels: ['sms'] });
  const cost = { amount: '0.08', currency: 'USD' };
  const attemptId = await storeAcceptedAttempt(db, id, { channel: 'sms', expectedSegments: 2, cost });
  await makeDue(attemptId);
  answers.set(`provider-${attemptId}`, answer);
  return { id, attemptId, sid: `provider-${attemptId}` };
}

async function makeDue(attemptId: string): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ bill_check_at: new Date(0) })
    .where('id', '=', attemptId)
    .execute();
}

async function nextCheck(attemptId: string): Promise<number | null> {
  const row = await db
    .selectFrom('attempts')
    .select('bill_check_at')
    .where('id', '=', attemptId)
    .executeTakeFirstOrThrow();
  return row.bill_check_at === null ? null : Math.round((row.bill_check_at.getTime() - Date.now()) / 1000);
}

test('a bill takes the place of the estimate, with the attempt and with its message', async () => {
  const { id } = await takenText({ cost: { amount: '0.0075', currency: 'USD' }, segments: 2 });
  await run();
  const [attempt] = await listAttempts(db, id);
  const bill = { cost_amount: '0.007500', cost_currency: 'USD', cost_final: true };
  expect([attempt, await findMessage(db, id)]).toMatchObject([bill, bill]);
});

test('other segments than expected are an event of the message, and are what it shows', async () => {
  const { id } = await takenText({ cost: { amount: '0.12', currency: 'USD' }, segments: 3 });
  await run();
  expect(await listEvents(db, id)).toContainEqual(
    expect.objectContaining({ type: 'segments_differ', detail: '2 expected, 3 billed' }),
  );
  expect((await listAttempts(db, id))[0]?.segments).toBe(3);
});

test('the same segments as expected are none', async () => {
  const { id } = await takenText({ cost: { amount: '0.08', currency: 'USD' }, segments: 2 });
  await run();
  expect((await listEvents(db, id)).map(({ type }) => type)).not.toContain('segments_differ');
});

test('a message is not billed finally while one of its texts is not', async () => {
  const { id } = await takenText({ cost: { amount: '0.0075', currency: 'USD' }, segments: 2 });
  await storeAcceptedAttempt(db, id, { channel: 'sms', cost: { amount: '0.08', currency: 'USD' } });
  await run();
  expect(await findMessage(db, id)).toMatchObject({ cost_amount: '0.087500', cost_final: false });
});

test('a message whose parts cost different currencies has no sum', async () => {
  const { id } = await takenText({ cost: { amount: '0.0075', currency: 'USD' }, segments: 2 });
  await storeAcceptedAttempt(db, id, { channel: 'sms', cost: { amount: '0.08', currency: 'EUR' } });
  await run();
  expect(await findMessage(db, id)).toMatchObject({ cost_amount: null, cost_currency: null, cost_final: false });
});

test('a text that nobody knew to be taken is billed once a receipt has told its id', async () => {
  const id = await storeMessage(db, { channel: 'sms', channels: ['sms'] });
  const attemptId = await storeFailedAttempt(db, id, { channel: 'sms', kind: 'uncertain' });
  const told = { provider_message_id: `provider-${attemptId}`, delivery_status: 'delivered' as const };
  await db.updateTable('attempts').set(told).where('id', '=', attemptId).execute();
  await makeDue(attemptId);
  answers.set(`provider-${attemptId}`, { cost: { amount: '0.0075', currency: 'USD' }, segments: 1 });
  await run();
  expect(await findMessage(db, id)).toMatchObject({ cost_amount: '0.007500', cost_final: true, segments: 1 });
});

test('a bill that is known is not asked for again', async () => {
  const { attemptId, sid } = await takenText({ cost: { amount: '0.08', currency: 'USD' }, segments: 2 });
  await run();
  expect([await nextCheck(attemptId), asked.filter((one) => one === sid).length]).toEqual([null, 1]);
});

test('a bill that is not known yet is asked for again, ever less often, for a week', async () => {
  const { attemptId } = await takenText();
  const delays: (number | null)[] = [];
  for (let round = 0; round < 11; round += 1) {
    await makeDue(attemptId);
    await run();
    delays.push(await nextCheck(attemptId));
  }
  const day = 86_400;
  expect(delays).toEqual([300, 900, 3600, 21_600, day, day, day, day, day, day, null]);
});

test('the estimate stays as it is, and not final, as long as no bill is known', async () => {
  const { id } = await takenText();
  await run();
  expect((await listAttempts(db, id))[0]).toMatchObject({ cost_amount: '0.080000', cost_final: false });
});

test.each([
  ['cannot be asked now', new DeliveryFailure('transient', 'twilio_timeout', 'No answer.')],
  ['says that it does not know the message', new DeliveryFailure('misconfigured', 'twilio_20404', 'Not known.')],
])('a provider that %s is asked later', async (_what, answer) => {
  const { attemptId } = await takenText(answer);
  await run();
  expect(await nextCheck(attemptId)).toBe(300);
});

test('two runs at the same moment ask for each bill once', async () => {
  const taken = await Promise.all(Array.from({ length: 30 }, () => takenText()));
  const counts = await Promise.all([run(), run()]);
  expect(counts[0] + counts[1]).toBe(30);
  expect(new Set(asked)).toEqual(new Set(taken.map(({ sid }) => sid)));
});

test('emails are not billed by the piece', async () => {
  const attemptId = await storeAcceptedAttempt(db, await storeMessage(db));
  expect(await nextCheck(attemptId)).toBeNull();
});

test('nothing is asked where there is no provider', async () => {
  await takenText();
  expect(await fetchBills(activityDependencies(db))).toBe(0);
});
