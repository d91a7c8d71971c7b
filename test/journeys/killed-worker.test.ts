import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';
import { holdStatements } from '../support/statement-holds.ts';

/** Where a worker is killed, by what the database holds then, and what becomes of an email there. */
const MOMENTS = [
  { when: 'before it had kept the attempt', hold: 'render-lost', attempts: ['accepted'], mails: 1 },
  { when: 'before it had claimed the attempt', hold: 'claim-lost', attempts: ['accepted'], mails: 1 },
  { when: 'after the claim, before the call', hold: 'claim-kept', attempts: ['uncertain', 'accepted'], mails: 1 },
  { when: 'after the call, before its record', hold: 'outcome-lost', attempts: ['uncertain', 'accepted'], mails: 2 },
  { when: 'after the record of the call', hold: 'outcome-kept', attempts: ['accepted'], mails: 1 },
  { when: 'before the message was marked as sent', hold: 'step-lost', attempts: ['accepted'], mails: 1 },
  { when: 'after the message was marked as sent', hold: 'step-kept', attempts: ['accepted'], mails: 1 },
] as const;

/** Messages whose provider has the worker wait. */
const DURING_THE_CALL = {
  slowMail: { recipient: { email: 'slow-8+killed@example.com' }, channel: 'email' },
  silentlyTaken: { recipient: { phone: '+15005554204' }, channel: 'sms' },
  silentlyIgnored: { recipient: { phone: '+15005554304' }, channel: 'sms' },
} as const;

/** A dead worker is noticed by its silence, after 15 seconds. */
const LIMIT_MS = 60_000;

const text = { subject: 'Parcel', content: 'Your parcel has arrived.' };
const idsOf = new Map<string, string>();
let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ env: { DATABASE_POOL_SIZE: '40' } });
  const holds = await holdStatements(stack.databaseUrl);
  await Promise.all(MOMENTS.map(({ hold }) => sendHeld(hold)));
  await holds.untilHeld(MOMENTS.length * 2);
  await Promise.all(Object.entries(DURING_THE_CALL).map(([name, message]) => send(name, message)));
  await untilCalled();
  await stack.worker.kill();
  await holds.release();
  await stack.worker.start();
}, 120_000);

afterAll(async () => await stack.close());

describe('a worker is killed', () => {
  test.for(MOMENTS)('$when: the text goes once', { timeout: LIMIT_MS }, async ({ hold }) => {
    await sent(`sms ${hold}`);
    expect(await stack.taken(phoneOf(hold))).toHaveLength(1);
  });

  test.for(MOMENTS)('$when: the email goes', { timeout: LIMIT_MS }, async ({ hold, attempts, mails }) => {
    const message = await sent(`email ${hold}`);
    expect(message.attempts.map(({ outcome }) => outcome)).toEqual(attempts);
    const taken = await stack.taken(`${hold}@example.com`);
    expect(taken).toHaveLength(mails);
    expect(new Set(taken.map(({ headers }) => headers['message-id'])).size).toBe(1);
  });

  test('while a mail server takes its time: the email goes again under the same Message-ID', async () => {
    const { attempts } = await sent('slowMail');
    expect(attempts).toMatchObject([
      { outcome: 'uncertain', error_code: 'interrupted', error_message: expect.stringMatching(/not known/) },
      { outcome: 'accepted' },
    ]);
    const mails = await stack.taken('slow-8+killed@example.com');
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ headers }) => headers['message-id'])).size).toBe(1);
  }, 60_000);

  test('while a provider that has taken a text is silent: the text is found there', async () => {
    expect((await sent('silentlyTaken')).attempts).toMatchObject([{ outcome: 'accepted' }]);
    expect(await stack.taken('+15005554204')).toHaveLength(1);
  }, 60_000);

  test('while a provider that has not taken a text is silent: the text goes again', async () => {
    expect((await sent('silentlyIgnored')).attempts).toMatchObject([{ outcome: 'uncertain' }, { outcome: 'accepted' }]);
    expect(await stack.taken('+15005554304')).toHaveLength(1);
  }, 60_000);
});

test('a worker that is stopped in good order finishes its call first', async () => {
  await send('stopped', { recipient: { email: 'slow-2+stopped@example.com' }, channel: 'email' });
  await expect.poll(() => stack.taken('slow-2+stopped@example.com'), { timeout: 20_000 }).toHaveLength(1);
  await stack.worker.stop();
  await stack.worker.start();
  expect((await sent('stopped')).attempts).toMatchObject([{ outcome: 'accepted' }]);
  expect(await stack.taken('slow-2+stopped@example.com')).toHaveLength(1);
}, 60_000);

async function sendHeld(hold: string): Promise<void> {
  const metadata = { hold };
  await Promise.all([
    send(`sms ${hold}`, { recipient: { phone: phoneOf(hold) }, channel: 'sms', metadata }),
    send(`email ${hold}`, { recipient: { email: `${hold}@example.com` }, channel: 'email', metadata }),
  ]);
}

async function send(name: string, message: Omit<Parameters<TestStack['send']>[0], 'content'>): Promise<void> {
  const { id } = await stack.send({ ...message, ...text });
  idsOf.set(name, id);
}

async function sent(name: string): Promise<MessageJson> {
  return await stack.until(idsOf.get(name) ?? '', isSent, LIMIT_MS);
}

/** Waits until the worker is in the middle of all calls that keep it waiting. */
async function untilCalled(): Promise<void> {
  const client = new pg.Client(stack.databaseUrl);
  await client.connect();
  const ids = Object.keys(DURING_THE_CALL).map((name) => idsOf.get(name));
  const query = 'select count(called_at)::int as called from attempts where message_id = any($1)';
  const isCalled = async () => (await client.query(query, [ids])).rows[0].called === ids.length;
  const isTaken = async (to: string) => (await stack.taken(to)).length === 1;
  const limit = { timeout: 20_000 };
  await vi.waitUntil(isCalled, limit);
  await vi.waitUntil(() => isTaken('+15005554204'), limit);
  await vi.waitUntil(() => isTaken('slow-8+killed@example.com'), limit);
  await client.end();
}

function phoneOf(hold: string): string {
  return `+150055585${MOMENTS.findIndex((moment) => moment.hold === hold)}0`;
}
