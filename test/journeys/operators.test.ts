import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  // Long enough that nothing but an operator ends the wait within a test.
  stack = await startTestStack({ env: { EMAIL_RETRY_DELAYS: '3600' } });
});

afterAll(async () => await stack.close());

const subject = 'Results';
const content = 'Your results are ready.';
const isFailed = ({ status, waiting_for }: MessageJson) => status === 'failed' && waiting_for === 'operator';
const isWaitingToRetry = ({ waiting_for }: MessageJson) => waiting_for === 'retry';

test.concurrent('once the address has been corrected, a failed message is retried and arrives', async () => {
  const { id, recipient } = await sendEmail({ email: 'unknown+typo@example.com' });
  await stack.until(id, isFailed);
  const corrected = { email: 'no-typo@example.com' };
  expect(await stack.call('PUT', `/api/recipients/${recipient}/`, corrected)).toMatchObject({ status: 200 });
  expect(await act(id, 'retry')).toMatchObject({ status: 202 });
  expect(await stack.until(id, isSent)).toMatchObject({ error_code: null, error_message: null, retry_count: 1 });
  expect(await stack.taken('no-typo@example.com')).toHaveLength(1);
});

test.concurrent('a failed message is moved to a channel outside its plan', async () => {
  const { id } = await sendEmail({ email: 'unknown+move@example.com', phone: '+15005558401' });
  await stack.until(id, isFailed);
  expect(await act(id, 'switch-channel', { channel: 'sms' })).toMatchObject({ status: 202 });
  expect(await stack.until(id, isSent)).toMatchObject({ channel: 'sms', error_code: null });
  expect(await stack.taken('+15005558401')).toHaveLength(1);
});

test.concurrent('a message that waits for its next try gets it at once', async () => {
  const { id } = await sendEmail({ email: 'fail-1+impatient@example.com' });
  await stack.until(id, isWaitingToRetry);
  await act(id, 'retry');
  const { events } = await stack.until(id, isSent);
  expect(events.find(({ type }) => type === 'retry')?.actor).toMatch(/^key:/);
});

test.concurrent('a message that waits for its next try is moved to another channel at once', async () => {
  const { id } = await sendEmail({ email: 'greylist+move@example.com', phone: '+15005558402' });
  await stack.until(id, isWaitingToRetry);
  await act(id, 'switch-channel', { channel: 'sms' });
  expect(await stack.until(id, isSent)).toMatchObject({ channel: 'sms' });
});

test.concurrent('a message that waits for its next try is cancelled and goes nowhere', async () => {
  const { id } = await sendEmail({ email: 'fail-1+cancelled@example.com' });
  await stack.until(id, isWaitingToRetry);
  await act(id, 'cancel');
  const message = await stack.until(id, ({ status }) => status === 'failed');
  expect(message).toMatchObject({ error_code: 'cancelled', waiting_for: null });
  expect(message.error_message).toContain('cancelled');
  expect(await stack.taken('fail-1+cancelled@example.com')).toEqual([]);
});

test.concurrent('a message that is cancelled while its provider takes it has been sent', async () => {
  const { id } = await sendEmail({ email: 'slow-2+late@example.com' });
  await expect.poll(() => stack.taken('slow-2+late@example.com'), { timeout: 20_000 }).toHaveLength(1);
  expect(await act(id, 'cancel')).toMatchObject({ status: 202 });
  const { events } = await stack.until(id, (message) => message.events.some(({ type }) => type === 'cancel'));
  expect((await stack.get(id)).status).toBe('sent');
  expect(events.at(-1)?.detail).toBe('had no effect in this state');
});

test.concurrent('a failed message that somebody has looked after is closed', async () => {
  const { id } = await sendEmail({ email: 'unknown+resolved@example.com' });
  await stack.until(id, isFailed);
  expect(await act(id, 'resolve', { note: 'Called them.' })).toMatchObject({ status: 202 });
  const message = await stack.until(id, ({ waiting_for }) => waiting_for === null);
  expect(message).toMatchObject({ status: 'failed', error_code: 'smtp_5.1.1' });
  expect(await act(id, 'resolve', { note: 'Again.' })).toMatchObject({ status: 409 });
});

test.concurrent('what has been sent is neither retried nor cancelled nor changed', async () => {
  const { id } = await sendEmail({ email: 'done@example.com' });
  await stack.until(id, isSent);
  for (const action of ['retry', 'cancel']) expect(await act(id, action)).toMatchObject({ status: 409 });
  const change = { content: 'Too late' };
  expect(await stack.call('PUT', `/api/messages/${id}/`, change)).toMatchObject({ status: 409 });
  expect(await stack.taken('done@example.com')).toHaveLength(1);
});

test.concurrent('a scheduled message goes at its time and not before, as it was changed meanwhile', async () => {
  const send_at = inSeconds(4);
  const recipient = { email: 'on-time@example.com', phone: '+15005558403' };
  const { id } = await stack.send({ recipient, channel: 'email', subject, content, send_at });
  expect((await stack.get(id)).waiting_for).toBe('schedule');
  const change = { content: 'Your results came early.', channel: 'sms', subject: null };
  expect(await stack.call('PUT', `/api/messages/${id}/`, change)).toMatchObject({ status: 200 });
  await stack.until(id, isSent);
  expect(await stack.taken('on-time@example.com')).toEqual([]);
  const [text, ...others] = await stack.taken('+15005558403');
  expect(others).toEqual([]);
  expect(text?.text).toBe('Your results came early.');
  expect(Date.parse(text?.received_at ?? '')).toBeGreaterThanOrEqual(Date.parse(send_at));
});

test.concurrent('a scheduled message that is brought forward goes at once', async () => {
  const { id } = await sendEmail({ email: 'forward@example.com' }, inSeconds(3600));
  expect(await stack.call('PUT', `/api/messages/${id}/`, { send_at: null })).toMatchObject({ status: 200 });
  await stack.until(id, isSent);
  expect(await stack.taken('forward@example.com')).toHaveLength(1);
});

test.concurrent('a scheduled message that is cancelled never goes', async () => {
  const send_at = inSeconds(3);
  const { id } = await sendEmail({ email: 'never@example.com' }, send_at);
  const other = await sendEmail({ email: 'always@example.com' }, send_at);
  await act(id, 'cancel');
  await stack.until(other.id, isSent);
  expect(await stack.get(id)).toMatchObject({ status: 'failed', error_code: 'cancelled', attempts: [] });
  expect(await stack.taken('never@example.com')).toEqual([]);
});

test.concurrent('a scheduled message that is deleted never goes', async () => {
  const send_at = inSeconds(3);
  const { id } = await sendEmail({ email: 'deleted@example.com' }, send_at);
  const other = await sendEmail({ email: 'kept@example.com' }, send_at);
  expect(await stack.call('DELETE', `/api/messages/${id}/`)).toMatchObject({ status: 204 });
  await stack.until(other.id, isSent);
  expect(await stack.taken('deleted@example.com')).toEqual([]);
  expect(await stack.call('GET', `/api/messages/${id}/`)).toMatchObject({ status: 404 });
});

test.concurrent('a message that has expired before its channel could take it is not sent', async () => {
  const recipient = { email: 'greylist+expires@example.com' };
  const expires_at = inSeconds(3);
  const { id } = await stack.send({ recipient, channel: 'email', subject, content, expires_at });
  const message = await stack.until(id, ({ status }) => status === 'failed');
  expect(message).toMatchObject({ error_code: 'expired', waiting_for: null });
});

function sendEmail(recipient: { email: string; phone?: string }, send_at?: string) {
  const time = send_at === undefined ? {} : { send_at };
  return stack.send({ recipient, channel: 'email', subject, content, ...time });
}

function act(id: string, action: string, body?: object) {
  return stack.call('POST', `/api/messages/${id}/${action}/`, body);
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
