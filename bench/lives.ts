import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from '../src/db/database.ts';
import type { Figures } from './figures.ts';
import { applyLoad, type Load } from './load.ts';
import type { BenchStack } from './stack.ts';

/** A message was lost, sent twice, or not sent at all. */
export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}

export interface LivesRound {
  /** POST of the messages. */
  posts: Figures;
  /** Their lives, from the first POST to the last record of `sent`; the times are from POST to the provider. */
  lives: Figures;
}

interface Posted {
  address: string;
  /** Milliseconds since the epoch. */
  at: number;
  milliseconds: number;
}

const CHECK_INTERVAL_MS = 100;
/** How long nothing may be sent before the rest counts as lost. */
const STANDSTILL_LIMIT_MS = 60_000;

/**
 * Sends messages at a load, each to a person of their own, and follows them to the provider.
 * @throws {BenchFailure}
 */
export async function runLives(
  stack: BenchStack,
  db: Database,
  channel: 'email' | 'sms',
  load: Load,
): Promise<LivesRound> {
  await fetch(stack.inboxUrl, { method: 'DELETE' });
  const begin = Date.now();
  const posted = await applyLoad(load, (index) => post(stack, channel, index));
  const accepted = Date.now();
  const end = await waitUntilSent(db, new Date(begin), load.count);
  const taken = await readInbox(stack, posted);
  const perSecond = (until: number) => [(load.count * 1000) / (until - begin)];
  return {
    posts: { perSecond: perSecond(accepted), milliseconds: posted.map(({ milliseconds }) => milliseconds) },
    lives: {
      perSecond: perSecond(end),
      milliseconds: posted.map(({ address, at }) => (taken.get(address) ?? Number.NaN) - at),
    },
  };
}

async function post({ apiUrl, apiKey }: BenchStack, channel: 'email' | 'sms', index: number): Promise<Posted> {
  const address = addressOf(channel, index);
  const [at, start] = [Date.now(), performance.now()];
  const response = await fetch(`${apiUrl}/api/messages/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      recipient: channel === 'email' ? { name: 'Ada', email: address } : { name: 'Ada', phone: address },
      channel,
      content: 'Hello {{ name }}, your order {{ order }} is on its way and will be with you tomorrow.',
      variables: { name: 'Ada', order: `A-${index}` },
      ...(channel === 'email' ? { subject: 'Your order {{ order }}' } : {}),
    }),
  });
  const answer = await response.text();
  if (response.status !== 201) throw new BenchFailure(`POST was answered with ${response.status}: ${answer}`);
  return { address, at, milliseconds: performance.now() - start };
}

let people = 0;

/** Emails go to somebody new each time; for texts there are a hundred numbers of which no receipt comes. */
function addressOf(channel: 'email' | 'sms', index: number): string {
  people += 1;
  if (channel === 'email') return `person-${people}@example.com`;
  return `+150055561${String(index % 100).padStart(2, '0')}`;
}

/** @returns when the last one was recorded as sent, in milliseconds since the epoch */
async function waitUntilSent(db: Database, since: Date, count: number): Promise<number> {
  let progress = { sent: 0, at: Date.now() };
  for (;;) {
    const state = await db
      .selectFrom('messages')
      .where('created_at', '>=', since)
      .select(sql<number>`count(*) filter (where status = 'sent')::int`.as('sent'))
      .select(sql<number>`count(error_code)::int`.as('faulty'))
      .select(sql<Date | null>`max(sent_at)`.as('last'))
      .executeTakeFirstOrThrow();
    if (state.sent === count && state.last !== null) return state.last.getTime();
    if (state.faulty > 0) throw new BenchFailure(`${state.faulty} messages met with an error.`);
    if (state.sent > progress.sent) progress = { sent: state.sent, at: Date.now() };
    if (Date.now() > progress.at + STANDSTILL_LIMIT_MS)
      throw new BenchFailure(`${count - state.sent} of ${count} messages were not sent.`);
    await sleep(CHECK_INTERVAL_MS);
  }
}

/** When each address was reached, in milliseconds since the epoch. */
async function readInbox({ inboxUrl }: BenchStack, posted: readonly Posted[]): Promise<Map<string, number>> {
  const response = await fetch(inboxUrl);
  const { results } = (await response.json()) as { results: { to: string; received_at: string }[] };
  const taken = new Map(results.map((message) => [message.to, Date.parse(message.received_at)]));
  const missing = posted.filter(({ address }) => !taken.has(address)).length;
  if (missing > 0) throw new BenchFailure(`${missing} messages are recorded as sent but no provider has them.`);
  if (results.length > posted.length) {
    throw new BenchFailure(`${results.length - posted.length} messages were sent more than once.`);
  }
  return taken;
}
