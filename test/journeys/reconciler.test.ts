import { randomUUID } from 'node:crypto';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import type { DB } from '../../src/db/tables.ts';
import { MAINTENANCE_TASK_QUEUE, messageWorkflowId } from '../../src/workflows/contract.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';

/* Each test breaks one message of a running service by hand and has the reconciler look through all of them. */

let stack: TestStack;
let db: Kysely<DB>;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  stack = await startTestStack({ env: { EMAIL_RETRY_DELAYS: '3600' } });
  db = openDatabase({ url: stack.databaseUrl, poolSize: 2 });
  connection = await Connection.connect({ address: stack.temporalAddress });
  client = new Client({ connection });
  // The tests start it themselves.
  await client.schedule.getHandle('reconcile').pause('a test');
});
afterAll(async () => {
  await connection.close();
  await db.destroy();
  await stack.close();
});

const content = 'The gate has changed.';
const isFailed = ({ status, waiting_for }: MessageJson) => status === 'failed' && waiting_for === 'operator';
const isReconciled = ({ events }: MessageJson) => events.some(({ type }) => type === 'reconciled');

test('where all is well, nothing is healed, of messages sent, failed and waiting for days alike', async () => {
  const sent = await sendEmail('well@example.com');
  const failed = await sendEmail('unknown+well@example.com');
  const retried = await sendEmail('fail-1+well@example.com');
  const scheduled = await sendEmail('later+well@example.com', { send_at: inDays(9) });
  await stack.until(sent, isSent);
  await stack.until(failed, isFailed);
  await stack.until(retried, ({ waiting_for }) => waiting_for === 'retry');
  for (const id of [sent, failed, retried, scheduled]) await leaveQuiet(id);
  expect(await reconcile()).toBe(0);
});

test('a message whose workflow was terminated waits on for its time, and ends', async () => {
  const id = await sendEmail('terminated@example.com', { send_at: inDays(9) });
  await terminate(id);
  await leaveQuiet(id);
  expect(await reconcile()).toBe(1);
  expect(await stack.until(id, isReconciled)).toMatchObject({ status: 'pending', waiting_for: 'schedule' });
  expect(await stack.call('PUT', `/api/messages/${id}/`, { send_at: null })).toMatchObject({ status: 200 });
  await stack.until(id, isSent);
  expect(await stack.taken('terminated@example.com')).toHaveLength(1);
});

test('a failed message whose workflow was deleted waits on for an operator, who sends it', async () => {
  const id = await sendEmail('unknown+deleted@example.com', { phone: '+15005558501' });
  await stack.until(id, isFailed);
  await deleteWorkflow(id);
  await leaveQuiet(id);
  expect(await reconcile()).toBe(1);
  expect(isFailed(await stack.until(id, isReconciled))).toBe(true);
  await stack.call('POST', `/api/messages/${id}/switch-channel/`, { channel: 'sms' });
  expect(await stack.until(id, isSent)).toMatchObject({ channel: 'sms' });
});

test('a message that waits for its next try waits on for as long as it would have', async () => {
  const id = await sendEmail('fail-1+lost@example.com');
  await stack.until(id, ({ waiting_for }) => waiting_for === 'retry');
  await terminate(id);
  await leaveQuiet(id, 100);
  await reconcile();
  expect(await stack.until(id, isReconciled)).toMatchObject({ status: 'pending', waiting_for: 'retry' });
  expect(await stack.taken('fail-1+lost@example.com')).toEqual([]);
});

test('a row that says something else than its running workflow is written anew', async () => {
  const id = await sendEmail('tampered@example.com', { send_at: inDays(9) });
  await expect.poll(() => isRunning(id)).toBe(true);
  await db
    .updateTable('messages')
    .set({ status: 'failed', waiting_for: null, channel: 'sms', ended_at: sql`now()` })
    .where('id', '=', id)
    .execute();
  await leaveQuiet(id);
  expect(await reconcile()).toBe(1);
  const whole = { status: 'pending', waiting_for: 'schedule', channel: 'email' };
  expect(await stack.until(id, isReconciled)).toMatchObject(whole);
});

test('a message that was sent is not sent again because its row has lost that', async () => {
  const id = await sendEmail('forgotten@example.com');
  await stack.until(id, isSent);
  await expect.poll(() => isRunning(id)).toBe(false);
  await db.updateTable('messages').set({ status: 'pending', ended_at: null }).where('id', '=', id).execute();
  await leaveQuiet(id);
  expect(await reconcile()).toBe(1);
  await stack.until(id, isSent);
  expect(await stack.taken('forgotten@example.com')).toHaveLength(1);
});

test('a message whose workflow was lost between the provider and the record is recorded, and not sent again', async () => {
  const id = await loseDuringCall('+15005554801');
  await leaveQuiet(id);
  expect(await reconcile()).toBe(1);
  expect((await stack.until(id, isSent)).sent_at).not.toBeNull();
  expect(await stack.taken('+15005554801')).toHaveLength(1);
});

test('where a lost workflow had called and nobody knows the answer, the provider is asked before anything is sent', async () => {
  const id = await loseDuringCall('+15005554802');
  const unknown = { outcome: null, provider_message_id: null, delivery_status: null };
  await db
    .updateTable('attempts')
    .set({ ...unknown, called_at: sql`called_at - interval '7 minutes'` })
    .where('message_id', '=', id)
    .execute();
  await leaveQuiet(id);
  expect(await reconcile()).toBe(1);
  await stack.until(id, isSent);
  expect(await stack.taken('+15005554802')).toHaveLength(1);
});

test('a message whose provider is being called is left alone', async () => {
  const id = await sendEmail('unknown+calling@example.com');
  await stack.until(id, isFailed);
  await deleteWorkflow(id);
  await db.updateTable('attempts').set({ outcome: null }).where('message_id', '=', id).execute();
  await leaveQuiet(id);
  expect(await reconcile()).toBe(0);
});

test('a message that has just changed is left alone', async () => {
  const id = await sendEmail('fresh@example.com', { send_at: inDays(9) });
  await terminate(id);
  expect(await reconcile()).toBe(0);
});

test('what is healed is counted', async () => {
  const id = await sendEmail('counted@example.com', { send_at: inDays(9) });
  await terminate(id);
  await leaveQuiet(id);
  await reconcile();
  expect((await stack.metrics()).join('\n')).toMatch(/messages_healed_total\{kind="failed"\} [1-9]/);
});

async function sendEmail(email: string, more: { send_at?: string; phone?: string } = {}): Promise<string> {
  const { phone, ...rest } = more;
  const recipient = { email, ...(phone !== undefined && { phone }) };
  return (await stack.send({ recipient, channel: 'email', subject: 'Gate', content, ...rest })).id;
}

/** Sends a text to a number whose provider answers late, and ends the workflow by force meanwhile. */
async function loseDuringCall(phone: string): Promise<string> {
  const { id } = await stack.send({ recipient: { phone }, channel: 'sms', content });
  await expect.poll(async () => (await stack.taken(phone)).length, { timeout: 20_000 }).toBe(1);
  await workflow(id).terminate('by hand');
  const isAnswered = ({ attempts }: MessageJson) => attempts.some(({ outcome }) => outcome === 'accepted');
  expect(await stack.until(id, isAnswered)).toMatchObject({ status: 'pending' });
  return id;
}

function workflow(messageId: string) {
  return client.workflow.getHandle(messageWorkflowId(messageId));
}

async function isRunning(messageId: string): Promise<boolean> {
  return (await statusOf(messageId)) === 'RUNNING';
}

/** Null where Temporal does not know it. */
async function statusOf(messageId: string): Promise<string | null> {
  try {
    return (await workflow(messageId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function terminate(messageId: string): Promise<void> {
  await expect.poll(() => isRunning(messageId)).toBe(true);
  await workflow(messageId).terminate('by hand');
}

/** As where Temporal has lost it, or its retention is over. */
async function deleteWorkflow(messageId: string): Promise<void> {
  const workflowExecution = { workflowId: messageWorkflowId(messageId) };
  await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  await expect.poll(() => statusOf(messageId), { timeout: 25_000 }).toBeNull();
}

/** As if nothing had happened to the message for a while. */
async function leaveQuiet(messageId: string, seconds = 600): Promise<void> {
  await db
    .updateTable('messages')
    .set({ updated_at: sql`now() - make_interval(secs => ${seconds})` })
    .where('id', '=', messageId)
    .execute();
}

/** One look through all messages; how many it has healed. */
async function reconcile(): Promise<number> {
  return await client.workflow.execute('reconcile', {
    workflowId: `reconcile-${randomUUID()}`,
    taskQueue: MAINTENANCE_TASK_QUEUE,
    args: [],
  });
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}
