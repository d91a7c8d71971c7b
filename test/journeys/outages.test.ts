import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ ownPostgres: true, start: ['api'] });
}, 90_000);

afterAll(async () => await stack.close());

const content = 'The water is back.';
const send = (email: string) => stack.send({ recipient: { email }, channel: 'email', subject: 'News', content });
const arrived = (to: string) => expect.poll(() => stack.taken(to), { timeout: 40_000 });

test('what is accepted while Temporal has never been there, by an API that dies then, is sent', async () => {
  const { id, status } = await send('early@example.com');
  expect(status).toBe('pending');
  await stack.api.kill();
  await stack.temporal.start();
  await stack.worker.start();
  await arrived('early@example.com').toHaveLength(1);
  await stack.api.start();
  await stack.until(id, isSent);
}, 90_000);

test('what is accepted by an API that is killed right after its answer is sent', async () => {
  const { id } = await send('last-words@example.com');
  await stack.api.kill();
  await arrived('last-words@example.com').toHaveLength(1);
  await stack.api.start();
  await stack.until(id, isSent);
}, 90_000);

test('what waits or is accepted while Temporal is away is sent when it is back', async () => {
  const recipient = { email: 'scheduled@example.com' };
  const send_at = new Date(Date.now() + 3_000).toISOString();
  const scheduled = await stack.send({ recipient, channel: 'email', subject: 'News', content, send_at });
  const retried = await send('fail-1+outage@example.com');
  await stack.until(retried.id, ({ waiting_for }) => waiting_for === 'retry');
  await stack.temporal.stop();
  const during = await send('during@example.com');
  await stack.temporal.start();
  for (const { id } of [scheduled, retried, during]) await stack.until(id, isSent, 60_000);
  for (const to of ['scheduled@example.com', 'fail-1+outage@example.com', 'during@example.com']) {
    expect(await stack.taken(to)).toHaveLength(1);
  }
}, 120_000);

test('while Temporal is away, an operator is told so and a message that is read is complete', async () => {
  const { id } = await send('unknown+outage@example.com');
  await stack.until(id, ({ status }) => status === 'failed');
  await stack.temporal.stop();
  const answer = await stack.call('POST', `/api/messages/${id}/retry/`);
  expect(answer).toMatchObject({ status: 503, body: { code: 'temporal_unavailable' } });
  expect(await stack.get(id)).toMatchObject({ status: 'failed', waiting_for: 'operator' });
  await stack.temporal.start();
}, 90_000);

test('while PostgreSQL is away nothing is accepted, and nothing that was is lost when it is back', async () => {
  const phones = Array.from({ length: 10 }, (_, n) => `+15005558${600 + n}`);
  const mails = Array.from({ length: 10 }, (_, n) => `slow-1+restart-${n}@example.com`);
  const texts = phones.map((phone) => stack.send({ recipient: { phone }, channel: 'sms', content }));
  const accepted = await Promise.all([...texts, ...mails.map(send)]);
  await arrived(mails[0] ?? '').toHaveLength(1);
  await stack.postgres.stop();
  const refused = { recipient: { phone: '+15005558699' }, channel: 'sms', content };
  const answer = await stack.call('POST', '/api/messages/', refused);
  expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
  await stack.postgres.start();
  for (const { id } of accepted) await stack.until(id, isSent, 60_000);
  for (const phone of phones) expect(await stack.taken(phone)).toHaveLength(1);
  for (const mail of mails) {
    const ids = (await stack.taken(mail)).map(({ headers }) => headers['message-id']);
    expect(ids.length).toBeLessThanOrEqual(2);
    expect(new Set(ids).size).toBe(1);
  }
}, 120_000);
