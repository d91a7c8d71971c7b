import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import {
  AUTH_TOKEN,
  type PostReceiver,
  SENDER,
  startPostReceiver,
  startTestSandbox,
  taken,
  twilioClient,
} from './sandbox-clients.ts';

const ADA = '+14155550101';
const SERVICE_SID = `MG${'0'.repeat(32)}`;

let sandbox: Sandbox;
let receiver: PostReceiver;

beforeEach(async () => {
  receiver = await startPostReceiver();
  sandbox = await startTestSandbox({ inboundUrl: `${receiver.url}/inbound/` });
});

afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

describe('a reply by SMS', () => {
  test('is posted as Twilio posts it, and signed', async () => {
    const answer = await reply({ channel: 'sms', from: ADA, to: '+14155550100', text: 'Thanks!' });
    expect(answer).toEqual({ sid: expect.stringMatching(/^SM/), webhook_status: 200, webhook_answer: '' });
    const parameters = posted();
    expect(parameters).toMatchObject({
      MessageSid: answer['sid'],
      From: ADA,
      To: '+14155550100',
      Body: 'Thanks!',
      NumMedia: '0',
    });
    const signature = String(receiver.posts[0]?.headers['x-twilio-signature']);
    expect(twilio.validateRequest(AUTH_TOKEN, signature, `${receiver.url}/inbound/`, parameters)).toBe(true);
  });

  test('goes to the number that the person last heard from', async () => {
    await send({ from: '+14155550100' });
    await reply({ channel: 'sms', from: ADA, text: 'Thanks!' });
    expect(posted()).toMatchObject({ To: '+14155550100' });
  });

  test('names its media', async () => {
    const media = [{ url: 'https://example.com/a.png', content_type: 'image/png' }];
    await reply({ channel: 'sms', from: ADA, media });
    expect(posted()).toMatchObject({ NumMedia: '1', MediaUrl0: media[0]?.url, MediaContentType0: 'image/png' });
  });

  test('is answered in the inbox of the person with what the webhook says', async () => {
    receiver.answer = '<Response><Message>Write to us &amp; ask</Message></Response>';
    await reply({ channel: 'sms', from: ADA, to: SENDER, text: 'HELP' });
    expect(await taken(sandbox, { to: ADA })).toMatchObject([{ from: SENDER, text: 'Write to us & ask' }]);
  });
});

describe('a reply on WhatsApp', () => {
  test('to a button quotes the message', async () => {
    const { sid } = await twilioClient(sandbox).messages.create({
      ...{ to: `whatsapp:${ADA}`, from: `whatsapp:${SENDER}`, body: 'Do you come?' },
    });
    await reply({ channel: 'whatsapp', from: ADA, in_reply_to: sid, button_id: 'yes', button_text: 'Yes' });
    expect(posted()).toMatchObject({
      ...{ From: `whatsapp:${ADA}`, To: `whatsapp:${SENDER}`, Body: 'Yes', ButtonPayload: 'yes', ButtonText: 'Yes' },
      ...{ OriginalRepliedMessageSid: sid, WaId: ADA.slice(1) },
    });
  });

  test('to a list names the item', async () => {
    await reply({ channel: 'whatsapp', from: ADA, list_id: '1230', list_title: '12:30' });
    expect(posted()).toMatchObject({ ListId: '1230', ListTitle: '12:30', Body: '12:30' });
  });
});

describe('STOP', () => {
  test('keeps further texts of the number away until START', async () => {
    await reply({ channel: 'sms', from: ADA, to: SENDER, text: ' stop ' });
    await expect(send({ from: SENDER })).rejects.toMatchObject({ status: 400, code: 21610 });
    await reply({ channel: 'sms', from: ADA, to: SENDER, text: 'START' });
    expect(await send({ from: SENDER })).toMatchObject({ status: 'queued' });
  });

  test('is lifted by YES too', async () => {
    await reply({ channel: 'sms', from: ADA, to: SENDER, text: 'STOP' });
    await reply({ channel: 'sms', from: ADA, to: SENDER, text: 'yes' });
    expect(await send({ from: SENDER })).toMatchObject({ status: 'queued' });
  });

  test('leaves other senders alone', async () => {
    await reply({ channel: 'sms', from: ADA, to: SENDER, text: 'STOP' });
    expect(await send({ from: '+14155550100' })).toMatchObject({ status: 'queued' });
  });

  test('to a Messaging Service holds for the service, and is marked as handled', async () => {
    await send({ messagingServiceSid: SERVICE_SID });
    await reply({ channel: 'sms', from: ADA, text: 'STOP' });
    expect(posted()).toMatchObject({ OptOutType: 'STOP', MessagingServiceSid: SERVICE_SID, To: SENDER });
    await expect(send({ messagingServiceSid: SERVICE_SID })).rejects.toMatchObject({ code: 21610 });
  });

  test('to a bare number is not marked as handled', async () => {
    await reply({ channel: 'sms', from: ADA, to: SENDER, text: 'STOP' });
    expect(posted()).not.toHaveProperty('OptOutType');
  });
});

describe('a faulty reply is refused', () => {
  test.each([
    ['channel', { from: ADA }],
    ['from', { channel: 'sms', from: '4155550101' }],
    ['to', { channel: 'sms', from: ADA, to: 'us' }],
    ['media', { channel: 'sms', from: ADA, media: [{}] }],
    ['opt_out_type', { channel: 'sms', from: ADA, opt_out_type: 'MAYBE' }],
  ])('for its %s', async (field, body) => {
    const response = await post(JSON.stringify(body));
    expect([response.status, await response.json()]).toMatchObject([400, { field }]);
  });

  test('where a page from elsewhere posts it', async () => {
    const response = await post(JSON.stringify({ channel: 'sms', from: ADA }), { 'sec-fetch-site': 'cross-site' });
    expect(response.status).toBe(403);
    expect(receiver.posts).toEqual([]);
  });
});

test('a reply that nobody wants to know of is taken all the same', async () => {
  const alone = await startTestSandbox();
  const response = await fetch(`${alone.httpUrl}/replies/`, {
    ...{ method: 'POST', body: JSON.stringify({ channel: 'sms', from: ADA, text: 'Hello' }) },
  });
  expect(await response.json()).toMatchObject({ webhook_status: null });
  await alone.close();
});

test('the form of the inbox page leads back to the page', async () => {
  const body = new URLSearchParams({ channel: 'sms', from: ADA, to: '', text: 'From the page' });
  const response = await fetch(`${sandbox.httpUrl}/replies/`, { method: 'POST', body, redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
  expect(posted()).toMatchObject({ From: ADA, To: SENDER, Body: 'From the page' });
});

function send(sender: { from: string } | { messagingServiceSid: string }) {
  return twilioClient(sandbox).messages.create({ to: ADA, body: 'A text.', ...sender });
}

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${sandbox.httpUrl}/replies/`, { method: 'POST', headers, body });
}

async function reply(body: object): Promise<Record<string, unknown>> {
  const response = await post(JSON.stringify(body));
  expect(response.status).toBe(201);
  return (await response.json()) as Record<string, unknown>;
}

function posted(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(receiver.posts.at(-1)?.body));
}
