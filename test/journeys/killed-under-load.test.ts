import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Tally } from '../../local/sandbox/inbox.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import type { Part } from '../support/stack-parts.ts';

const COUNT = 500;
const SENDERS = 8;
/** Each sender rests for so long after each message, so that there is load for as long as parts are being killed. */
const PAUSE_MS = 250;
const ACCEPT_LIMIT_MS = 240_000;
const END_LIMIT_MS = 240_000;

/** Which part is killed, and how many messages have been accepted then. */
const KILLS = { worker: 60, api: 170, temporal: 280, postgres: 390 } as const;

interface Sent {
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

interface Outcome {
  readonly status: string;
  readonly waiting_for: string | null;
  readonly outcomes: string[];
}

const sent: Sent[] = [];
let stack: TestStack;
let outcomes: Map<string, Outcome>;
let tallies: Map<string, number>;

beforeAll(async () => {
  stack = await startTestStack({ ownPostgres: 'durable', env: { LOG_LEVEL: 'warn' } });
  const numbers = Array.from({ length: COUNT }, (_, n) => n);
  const accepting = Promise.all(Array.from({ length: SENDERS }, () => sendEach(numbers)));
  for (const [name, count] of Object.entries(KILLS)) {
    await vi.waitUntil(() => sent.length >= count, { timeout: ACCEPT_LIMIT_MS, interval: 20 });
    const part: Part = stack[name as keyof typeof KILLS];
    await part.kill();
    await part.start();
  }
  await accepting;
  outcomes = await outcomesOnceEnded();
  tallies = await readTallies();
}, ACCEPT_LIMIT_MS + END_LIMIT_MS);

afterAll(async () => await stack.close());

test('every message is accepted, whatever is killed meanwhile', () => {
  expect(new Set(sent.map(({ id }) => id)).size).toBe(COUNT);
});

test('every accepted message has ended, and none is lost', () => {
  const unsent = sent.filter(({ id }) => outcomes.get(id)?.status !== 'sent');
  expect(unsent).toEqual([]);
  expect(outcomes.size).toBe(COUNT);
});

test('every message has arrived', () => {
  expect(sent.filter((message) => takes(message) === 0)).toEqual([]);
});

test('Temporal runs no workflow of a message any more', async () => {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const { workflow } = new Client({ connection });
  const query = 'WorkflowType = "deliverMessage" AND ExecutionStatus = "Running"';
  const limit = { timeout: 30_000, interval: 500 };
  await vi.waitUntil(async () => (await workflow.count(query)).count === 0, limit);
  await connection.close();
});

test('a text goes once, because its provider is asked first', () => {
  expect(sent.filter((message) => message.to.startsWith('+') && takes(message) > 1)).toEqual([]);
});

test('an email goes twice only where an attempt says that its outcome was uncertain', () => {
  const unexplained = sent.filter((message) => takes(message) > 1 + uncertainAttempts(message));
  expect(unexplained).toEqual([]);
});

test('the double sends are as many as the records count at most', () => {
  const doubles = sent.reduce((sum, message) => sum + takes(message) - 1, 0);
  const doubts = sent.reduce((sum, message) => sum + uncertainAttempts(message), 0);
  process.stdout.write(`Of ${COUNT} messages, ${doubles} went twice; ${doubts} attempts say that they may have.\n`);
  expect(doubles).toBeLessThanOrEqual(doubts);
});

async function sendEach(numbers: number[]): Promise<void> {
  for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
    const text = `Message ${n} of ${COUNT}`;
    const { to, ...message } = messageTo(n);
    const id = await sendUntilAccepted({ ...message, content: text }, `load-${n}`);
    sent.push({ id, to, text });
    await sleep(PAUSE_MS);
  }
}

/** As a careful client sends: until it has been told that the message is kept, always with the same key. */
async function sendUntilAccepted(message: object, key: string): Promise<string> {
  const send = async () => {
    const answer = await stack.call('POST', '/api/messages/', message, { 'idempotency-key': key });
    if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return (answer.body as { id: string }).id;
  };
  return await vi.waitFor(send, { timeout: ACCEPT_LIMIT_MS, interval: 200 });
}

/** Emails, texts and WhatsApp messages, of which some are refused at first and some are answered late. */
function messageTo(n: number) {
  const digits = String(n).padStart(3, '0');
  switch (n % 5) {
    case 0:
      return toPhone('sms', `+15005558${digits}`);
    case 1:
      return toPhone('whatsapp', `+15005557${digits}`);
    case 2:
      return toEmail(`slow-1+${n}@example.com`);
    case 3:
      return toEmail(`fail-1+${n}@example.com`);
    default:
      return toPhone('sms', `+150055548${String(Math.floor(n / 5)).padStart(2, '0')}`);
  }
}

function toPhone(channel: 'sms' | 'whatsapp', to: string) {
  return { to, channel, recipient: channel === 'sms' ? { phone: to } : { whatsapp: to } };
}

function toEmail(to: string) {
  return { to, channel: 'email', recipient: { email: to }, subject: 'Load' };
}

async function outcomesOnceEnded(): Promise<Map<string, Outcome>> {
  const client = new pg.Client(stack.databaseUrl);
  await client.connect();
  const { rows } = await vi.waitUntil(
    async () => {
      const found = await client.query<Outcome & { id: string }>(`
        select m.id, m.status, m.waiting_for, array(
          select coalesce(a.outcome, 'open') from attempts a where a.message_id = m.id order by a.number
        ) as outcomes from messages m`);
      return found.rows.every(({ status, waiting_for }) => status !== 'pending' && waiting_for === null) && found;
    },
    { timeout: END_LIMIT_MS, interval: 500 },
  );
  await client.end();
  return new Map(rows.map(({ id, ...outcome }) => [id, outcome]));
}

async function readTallies(): Promise<Map<string, number>> {
  const response = await fetch(`${stack.sandboxUrl}/messages/tallies/`);
  const { results } = (await response.json()) as { results: Tally[] };
  return new Map(results.map(({ to, text, count }) => [`${to} ${text?.trim()}`, count]));
}

function takes({ to, text }: Sent): number {
  return tallies.get(`${to} ${text}`) ?? 0;
}

function uncertainAttempts({ id }: Sent): number {
  return outcomes.get(id)?.outcomes.filter((outcome) => outcome === 'uncertain').length ?? 0;
}
