import twilio from 'twilio';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import {
  AUTH_TOKEN,
  type PostReceiver,
  type ReceivedPost,
  SENDER,
  startPostReceiver,
  startTestSandbox,
  taken,
  twilioClient,
} from './sandbox-clients.ts';

let sandbox: Sandbox;
let receiver: PostReceiver;

beforeEach(async () => {
  sandbox = await startTestSandbox();
});

afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

test('callbacks are signed as Twilio signs them, without the fragment of the URL', async () => {
  receiver = await startPostReceiver();
  await send(`${receiver.url}/status/?m=1&a=zwei%20drei#rc=5&rp=all`);
  const [first] = await awaitPosts(2);
  expect(isSigned(first, '/status/?m=1&a=zwei%20drei')).toBe(true);
});

test('a signature does not fit another URL', async () => {
  receiver = await startPostReceiver();
  await send(`${receiver.url}/status/?m=1`);
  const [first] = await awaitPosts(2);
  expect(isSigned(first, '/status/?m=2')).toBe(false);
});

test('a callback says which message has which status', async () => {
  receiver = await startPostReceiver();
  const { sid } = await send(`${receiver.url}/status/`);
  const [, second] = await awaitPosts(2);
  expect(parameters(second)).toMatchObject({
    MessageSid: sid,
    MessageStatus: 'delivered',
    To: '+14155550101',
    From: SENDER,
  });
});

test('a WhatsApp failure names its code, its reason and the channel', async () => {
  receiver = await startPostReceiver();
  await send(`${receiver.url}/status/`, 'whatsapp:+15005553201');
  const [first] = await awaitPosts(1);
  expect(parameters(first)).toMatchObject({
    ErrorCode: '63003',
    ChannelPrefix: 'whatsapp',
    ChannelStatusMessage: 'Channel could not find To address',
  });
});

test('a receipt that comes twice has the same idempotency token both times', async () => {
  receiver = await startPostReceiver();
  await send(`${receiver.url}/status/`, '+15005555101');
  const [first, second, third] = (await awaitPosts(3)).map(({ headers }) => headers['i-twilio-idempotency-token']);
  expect([first === third, first === second]).toEqual([true, false]);
});

test('a callback is repeated, unchanged, while the receiver fails', async () => {
  receiver = await startPostReceiver(503, 500);
  await send(`${receiver.url}/status/`);
  const [first, second, third] = await awaitPosts(3);
  expect([second?.body, third?.body]).toEqual([first?.body, first?.body]);
});

test('a callback that was refused is not repeated, and the answers can be seen', async () => {
  receiver = await startPostReceiver(403);
  await send(`${receiver.url}/status/`);
  await awaitPosts(2);
  await expect
    .poll(() => taken(sandbox))
    .toMatchObject([{ headers: { callbacks: 'sent:403 delivered:200', status_callback: `${receiver.url}/status/` } }]);
});

test('a message of a Messaging Service is reported once it is queued, with the number that was picked', async () => {
  receiver = await startPostReceiver();
  const messagingServiceSid = `MG${'0'.repeat(32)}`;
  await twilioClient(sandbox).messages.create({
    ...{ to: '+14155550101', messagingServiceSid, body: 'A text.', statusCallback: `${receiver.url}/status/` },
  });
  const [first] = await awaitPosts(3);
  expect(parameters(first)).toMatchObject({
    MessageStatus: 'queued',
    From: SENDER,
    MessagingServiceSid: messagingServiceSid,
  });
});

test('a text that was delivered has the time at which the carrier was done', async () => {
  receiver = await startPostReceiver();
  await send(`${receiver.url}/status/`);
  const [, second] = await awaitPosts(2);
  expect(parameters(second)).toMatchObject({ RawDlrDoneDate: expect.stringMatching(/^\d{10}$/) });
});

test('a WhatsApp message that was read says so', async () => {
  receiver = await startPostReceiver();
  await send(`${receiver.url}/status/`, 'whatsapp:+15005556001');
  const [, , third] = await awaitPosts(3);
  expect(parameters(third)).toMatchObject({ MessageStatus: 'read', EventType: 'READ', ChannelPrefix: 'whatsapp' });
});

test('a message goes on while nobody answers its callbacks', async () => {
  receiver = await startPostReceiver();
  const { sid } = await send('http://127.0.0.1:9/nobody-listens');
  await expect.poll(() => twilioClient(sandbox).messages(sid).fetch()).toMatchObject({ status: 'delivered' });
});

function send(statusCallback: string, to = '+14155550101') {
  const from = to.startsWith('whatsapp:') ? `whatsapp:${SENDER}` : SENDER;
  return twilioClient(sandbox).messages.create({ to, from, body: 'A text.', statusCallback });
}

async function awaitPosts(count: number): Promise<ReceivedPost[]> {
  await expect.poll(() => receiver.posts.length, { timeout: 3000 }).toBeGreaterThanOrEqual(count);
  return receiver.posts;
}

function isSigned(post: ReceivedPost | undefined, path: string): boolean {
  const signature = String(post?.headers['x-twilio-signature']);
  return twilio.validateRequest(AUTH_TOKEN, signature, receiver.url + path, parameters(post));
}

function parameters(post: ReceivedPost | undefined): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(post?.body));
}
