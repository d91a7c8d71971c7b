import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';

/** Far more than an idle machine needs. */
const LIMIT_MS = 480_000;

let stack: TestStack;

beforeAll(async () => {
  // So few emails a second that a batch of them can be cancelled while it is being sent.
  stack = await startTestStack({ env: { EMAIL_RATE_PER_SECOND: '5' } });
}, 120_000);
afterAll(async () => await stack.close());

interface BatchAnswer {
  batch: { id: string };
  results: { message: { id: string } }[];
}

interface BatchState {
  counts: Record<'pending' | 'sent' | 'failed' | 'cancelled', number>;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

async function sendBatch(messages: readonly object[]): Promise<BatchAnswer> {
  const { status, body } = await stack.call('POST', '/api/messages/batch/', { messages });
  expect(status).toBe(200);
  return body as BatchAnswer;
}

async function countsOf(id: string): Promise<BatchState['counts']> {
  return ((await stack.call('GET', `/api/batches/${id}/`)).body as BatchState).counts;
}

async function untilOver(id: string): Promise<BatchState['counts']> {
  await expect.poll(async () => (await countsOf(id)).pending, { timeout: LIMIT_MS, interval: 500 }).toBe(0);
  return await countsOf(id);
}

const takenByAll = async (addresses: readonly string[]) =>
  (await Promise.all(addresses.map(async (to) => (await stack.taken(to)).map(({ text }) => text)))).flat();

test(
  'a thousand texts of one request are all sent, each once',
  async () => {
    // Numbers of the sandbox that get no receipts.
    const phones = upTo(100).map((number) => `+150055561${String(number).padStart(2, '0')}`);
    const texts = upTo(1_000).map((number) => `Your order ${number} is on its way.`);
    const messages = texts.map((content, number) => ({
      ...{ recipient: { phone: phones[number % phones.length] }, channel: 'sms', content },
    }));
    const start = performance.now();
    const { batch } = await sendBatch(messages);
    const accepted = performance.now() - start;
    expect(await untilOver(batch.id)).toMatchObject({ sent: 1_000, failed: 0 });
    const ended = performance.now() - start;
    process.stdout.write(
      `1,000 texts: accepted after ${Math.round(accepted)} ms, sent after ${Math.round(ended / 1000)} s\n`,
    );
    expect((await takenByAll(phones)).toSorted()).toEqual(texts.toSorted());
  },
  LIMIT_MS,
);

test(
  'a scheduled batch that is cancelled never goes',
  async () => {
    const send_at = new Date(Date.now() + 3_600_000).toISOString();
    const emails = upTo(50).map((number) => `scheduled-${number}@example.com`);
    const { batch, results } = await sendBatch(
      emails.map((email) => ({ recipient: { email }, channel: 'email', content: 'Hello', send_at })),
    );
    expect((await stack.call('POST', `/api/batches/${batch.id}/cancel/`)).status).toBe(202);
    expect(await untilOver(batch.id)).toMatchObject({ sent: 0, failed: 50, cancelled: 50 });
    expect(await stack.get(results[0]?.message.id ?? '')).toMatchObject({ error_code: 'cancelled', attempts: [] });
    expect(await takenByAll(emails)).toEqual([]);
    expect((await stack.call('POST', `/api/batches/${batch.id}/cancel/`)).status).toBe(409);
  },
  LIMIT_MS,
);

test(
  'a batch that is cancelled while it is being sent ends, and what was not sent yet never goes',
  async () => {
    const emails = upTo(60).map((number) => `half-${number}@example.com`);
    const { batch } = await sendBatch(
      emails.map((email) => ({ recipient: { email }, channel: 'email', content: 'Hello' })),
    );
    await expect.poll(async () => (await countsOf(batch.id)).sent, { timeout: LIMIT_MS }).toBeGreaterThan(4);
    expect((await stack.call('POST', `/api/batches/${batch.id}/cancel/`)).status).toBe(202);
    const { sent, cancelled, failed } = await untilOver(batch.id);
    expect([sent + cancelled, failed, cancelled > 0]).toEqual([60, cancelled, true]);
    expect(await takenByAll(emails)).toHaveLength(sent);
  },
  LIMIT_MS,
);
