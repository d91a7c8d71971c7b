import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';
import { viewWorkflows } from '../support/temporal-view.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ env: { SMS_RETRY_DELAYS: '1', OPERATOR_WINDOW_SECONDS: '6' } });
}, 90_000);
afterAll(async () => await stack.close());

interface BulkAction {
  readonly id: string;
  readonly status: string;
  readonly matched: number;
  readonly done: number;
  readonly refused: Record<string, number>;
}

const content = 'The water is back.';
const LIMIT = { timeout: 90_000, interval: 200 };

async function ask<Json>(status: number, method: string, path: string, body?: object): Promise<Json> {
  const answer = await stack.call(method, path, body);
  expect(answer).toMatchObject({ status });
  return answer.body as Json;
}
const start = (body: object) => ask<BulkAction>(202, 'POST', '/api/bulk-actions/', body);
const read = (id: string) => ask<BulkAction>(200, 'GET', `/api/bulk-actions/${id}/`);
const until = (id: string, holds: (action: BulkAction) => boolean) =>
  vi.waitUntil(async () => {
    const action = await read(id);
    return holds(action) && action;
  }, LIMIT);
const list = async (query: string) =>
  (await ask<{ results: MessageJson[] }>(200, 'GET', `/api/messages/?limit=200&${query}`)).results;

/** Texts that are due in a year. */
async function sendScheduled(label: string, count: number): Promise<string[]> {
  const send_at = new Date(Date.now() + 365 * 24 * 3_600_000).toISOString();
  const recipient = { phone: '+15005558700' };
  const text = { recipient, channel: 'sms' as const, content, send_at, metadata: { label } };
  const messages = await Promise.all(Array.from({ length: count }, () => stack.send(text)));
  return messages.map(({ id }) => id).sort();
}

/** Keeps a message from being changed by anybody until it is let go; statements give up waiting after half a minute. */
async function hold(messageId: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select id from messages where id = $1 for update', [messageId]);
  const letGo = async () => await client.end();
  onTestFinished(letGo);
  return letGo;
}

/** How often each message was cancelled by an operator. */
async function cancelsOf(ids: readonly string[]): Promise<number[]> {
  const counts = ids.map(async (id) => {
    const path = `/api/audit/?resource_id=${id}&action=message.cancel`;
    return (await ask<{ results: unknown[] }>(200, 'GET', path)).results.length;
  });
  return await Promise.all(counts);
}

test('all texts that failed with one code are retried by a filter, and arrive', async () => {
  const since = new Date().toISOString();
  const phones = Array.from({ length: 60 }, (_, n) => `+150055522${String(n).padStart(2, '0')}`);
  const texts = await Promise.all(phones.map((phone) => stack.send({ recipient: { phone }, channel: 'sms', content })));
  const other = await stack.send({ recipient: { phone: '+15005550009' }, channel: 'sms', content });
  await vi.waitUntil(async () => (await list('status=failed&error_code=twilio_20503')).length === 60, LIMIT);
  const filter = { status: 'failed', channel: 'sms', error_code: 'twilio_20503', created_after: since };
  expect(await ask(200, 'POST', '/api/bulk-actions/', { action: 'retry', filter, dry_run: true })).toEqual({
    matched: 60,
  });
  const { id, matched } = await start({ action: 'retry', filter });
  expect(matched).toBe(60);
  expect(await until(id, ({ status }) => status === 'completed')).toMatchObject({ done: 60, refused: {} });
  for (const text of texts) await stack.until(text.id, isSent, 60_000);
  expect(await stack.taken('+15005552259')).toHaveLength(1);
  expect(await stack.get(other.id)).toMatchObject({ status: 'failed', error_code: 'twilio_21614' });
}, 180_000);

test('one that is slow is stopped in the middle, and what it had not come to stays as it was', async () => {
  const ids = await sendScheduled('stopped', 120);
  const letGo = await hold(ids[54] as string);
  const { id } = await start({ action: 'cancel', filter: { 'metadata.label': 'stopped' } });
  await until(id, ({ done }) => done > 50);
  expect(await ask<BulkAction>(202, 'POST', `/api/bulk-actions/${id}/stop/`)).toMatchObject({ status: 'stopping' });
  await letGo();
  const { done, refused } = await until(id, ({ status }) => status === 'stopped');
  expect([done > 50 && done <= 100, refused]).toEqual([true, {}]);
  expect((await cancelsOf(ids)).reduce((sum, count) => sum + count)).toBe(done);
  expect(await stack.get(ids[119] as string)).toMatchObject({ status: 'pending', waiting_for: 'schedule' });
}, 180_000);

test('one whose worker is killed in the middle is finished by the next worker, and no message is done twice', async () => {
  const ids = await sendScheduled('killed', 80);
  const letGo = await hold(ids[59] as string);
  const { id } = await start({ action: 'cancel', filter: { 'metadata.label': 'killed' } });
  await until(id, ({ done }) => done > 50);
  await stack.worker.kill();
  await letGo();
  await stack.worker.start();
  expect(await until(id, ({ status }) => status === 'completed')).toMatchObject({ matched: 80, done: 80, refused: {} });
  expect(await cancelsOf(ids)).toEqual(ids.map(() => 1));
}, 180_000);

test('one that is accepted while Temporal is away is carried out when it is back', async () => {
  const [messageId] = await sendScheduled('away', 1);
  await stack.temporal.stop();
  const { id, status } = await start({ action: 'cancel', filter: { 'metadata.label': 'away' } });
  expect(status).toBe('running');
  await stack.temporal.start();
  await until(id, (action) => action.status === 'completed');
  await stack.until(messageId as string, (message) => message.status === 'failed');
}, 180_000);

test('Temporal knows nothing of it but ids, codes and counts', async () => {
  const filter = { 'metadata.label': 'Mrs Lovelace', status: 'failed' };
  const { id } = await start({ action: 'resolve', note: 'Called Mrs Lovelace.', filter });
  await until(id, ({ status }) => status === 'completed');
  const view = await viewWorkflows(stack.temporalAddress, `bulk-action-${id}`, 1);
  expect(JSON.stringify(view)).toContain(Buffer.from('"resolve of 0 messages"').toString('base64'));
  expect(JSON.stringify(view.details)).toContain('**Done** 0 of 0');
  expect(stack.temporalFiles().includes('Lovelace')).toBe(false);
}, 60_000);

test('a failed message waits for an operator for a while; a retry after that is a new run of the same workflow', async () => {
  const { id } = await stack.send({ recipient: { phone: '+15005552298' }, channel: 'sms', content });
  await stack.until(id, ({ status, waiting_for }) => status === 'failed' && waiting_for === 'operator');
  await stack.until(id, ({ status, waiting_for }) => status === 'failed' && waiting_for === null);
  const ended = async () => (await viewWorkflows(stack.temporalAddress, `message-${id}`, 1)).descriptions;
  await vi.waitUntil(async () => JSON.stringify(await ended()).includes('"COMPLETED"'), LIMIT);
  await ask(202, 'POST', `/api/messages/${id}/retry/`);
  await stack.until(id, isSent);
  const { descriptions } = await viewWorkflows(stack.temporalAddress, `message-${id}`, 2);
  expect(descriptions).toHaveLength(2);
}, 90_000);
