import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { ACCOUNT_SID, AUTH_TOKEN, SENDER, startTestSandbox, taken, twilioClient } from './sandbox-clients.ts';

const SERVICE_SID = `MG${'0'.repeat(32)}`;

let sandbox: Sandbox;
let client: ReturnType<typeof twilioClient>;

beforeAll(async () => {
  sandbox = await startTestSandbox();
  client = twilioClient(sandbox);
});

afterAll(() => sandbox.close());

describe('creating a message', () => {
  test('takes a text and shows it', async () => {
    const message = await client.messages.create({ to: '+14155550101', from: SENDER, body: 'A text.' });
    expect(message).toMatchObject({
      status: 'queued',
      to: '+14155550101',
      from: SENDER,
      numSegments: '1',
      price: null,
    });
    expect(message).toMatchObject({ dateSent: null, errorCode: null, sid: expect.stringMatching(/^SM[0-9a-f]{32}$/) });
    expect(await taken(sandbox, { to: '+14155550101' })).toMatchObject([
      { channel: 'sms', to: '+14155550101', from: SENDER, text: 'A text.', headers: { sid: message.sid } },
    ]);
  });

  test('takes a WhatsApp message with media', async () => {
    const [to, from] = ['whatsapp:+14155550102', `whatsapp:${SENDER}`];
    const mediaUrl = ['https://example.com/a.png', 'https://example.com/b.png'];
    const message = await client.messages.create({ to, from, body: 'Look!', mediaUrl });
    expect(message).toMatchObject({ to, numMedia: '2', sid: expect.stringMatching(/^MM/) });
    expect(await taken(sandbox, { to: '+14155550102' })).toMatchObject([
      { channel: 'whatsapp', from: SENDER, headers: { media_url: mediaUrl.join(' ') } },
    ]);
  });

  test('with a Messaging Service has neither sender nor segments at first', async () => {
    const message = await client.messages.create({
      to: '+14155550103',
      messagingServiceSid: SERVICE_SID,
      body: 'A text.',
    });
    expect(message).toMatchObject({
      status: 'accepted',
      from: null,
      numSegments: '0',
      messagingServiceSid: SERVICE_SID,
    });
  });

  test.each([
    ['160 letters', 'a'.repeat(160), '1'],
    ['161 letters', 'a'.repeat(161), '2'],
    ['81 characters that count twice', '['.repeat(81), '2'],
    ['71 Cyrillic letters', 'я'.repeat(71), '2'],
  ])('counts the segments of %s', async (_what, body, segments) => {
    const message = await client.messages.create({ to: '+14155550104', from: SENDER, body });
    expect(message.numSegments).toBe(segments);
  });

  test('moves the message to delivered, with a price', async () => {
    const { sid } = await client.messages.create({
      to: '+14155550105',
      messagingServiceSid: SERVICE_SID,
      body: 'A text.',
    });
    await expect
      .poll(() => client.messages(sid).fetch())
      .toMatchObject({
        status: 'delivered',
        from: SENDER,
        numSegments: '1',
        price: '-0.00750',
        dateSent: expect.any(Date),
      });
  });
});

describe('a faulty message is refused', () => {
  const good = { To: '+14155550110', From: SENDER, Body: 'A text.' };
  const scheduled = { ...good, ScheduleType: 'fixed', SendAt: inSeconds(3600) };

  test.each<[code: number, why: string, parameters: Record<string, string>]>([
    [21604, 'without a recipient', { ...good, To: '' }],
    [21603, 'without a sender', { ...good, From: '' }],
    [21602, 'without content', { ...good, Body: '' }],
    [21211, 'to a number that is not E.164', { ...good, To: '4155550110' }],
    [21211, 'to an empty WhatsApp number', { ...good, To: 'whatsapp:' }],
    [21212, 'from what is no sender', { ...good, From: '+abc' }],
    [21266, 'to its own sender', { ...good, To: SENDER }],
    [21910, 'from a WhatsApp sender to an SMS number', { ...good, From: `whatsapp:${SENDER}` }],
    [21617, 'with a body of more than 1,600 characters', { ...good, Body: 'a'.repeat(1601) }],
    [21620, 'with a media URL that is none', { ...good, MediaUrl: 'a.png' }],
    [21655, 'with a content SID that is none', { ...good, Body: '', ContentSid: 'HX1' }],
    [
      21656,
      'with content variables that are no JSON',
      { ...good, Body: '', ContentSid: `HX${'0'.repeat(32)}`, ContentVariables: '{' },
    ],
    [35127, 'with a body and content variables', { ...good, ContentVariables: '{"1":"a"}' }],
    [
      21654,
      'with variables of no content',
      { ...good, Body: '', MediaUrl: 'https://a.test/b.png', ContentVariables: '{}' },
    ],
    [21655, 'with a content that does not exist', { ...good, Body: '', ContentSid: `HX${'0009'.padStart(32, '0')}` }],
    [21624, 'with a validity period of nothing', { ...good, ValidityPeriod: '0' }],
    [21624, 'with a validity period of more than ten hours', { ...good, ValidityPeriod: '36001' }],
    [
      21701,
      'with a Messaging Service that does not exist',
      { ...good, From: '', MessagingServiceSid: service('0001') },
    ],
    [21704, 'with a Messaging Service without numbers', { ...good, From: '', MessagingServiceSid: service('0002') }],
    [35114, 'when scheduled without a time', { ...scheduled, MessagingServiceSid: SERVICE_SID, SendAt: '' }],
    [21609, 'with a callback that is no URL', { ...good, StatusCallback: 'callback' }],
    [21609, 'with a callback to a host with an underscore', { ...good, StatusCallback: 'https://my_host/' }],
    [21705, 'with a Messaging Service that is none', { ...good, MessagingServiceSid: 'MG1' }],
    [35118, 'when scheduled without a Messaging Service', scheduled],
    [35115, 'when scheduled too early', { ...scheduled, MessagingServiceSid: SERVICE_SID, SendAt: inSeconds(200) }],
  ])('with %i %s', async (code, _why, parameters) => {
    const { status, body } = await post(parameters);
    expect({ status, body }).toEqual({
      status: 400,
      body: { code, message: expect.any(String), more_info: `https://www.twilio.com/docs/errors/${code}`, status: 400 },
    });
  });

  test('with eleven media URLs', async () => {
    const mediaUrl = Array.from({ length: 11 }, (_, index) => `https://example.com/${index}.png`);
    await expect(client.messages.create({ to: good.To, from: SENDER, mediaUrl })).rejects.toMatchObject({
      code: 21623,
    });
  });

  test('and not taken', async () => {
    await post({ ...good, To: '+14155550111', Body: 'a'.repeat(1601) });
    expect(await taken(sandbox, { to: '+14155550111' })).toEqual([]);
  });
});

describe('a scheduled message', () => {
  const schedule = () =>
    client.messages.create({
      to: '+14155550120',
      messagingServiceSid: SERVICE_SID,
      body: 'Later.',
      scheduleType: 'fixed',
      sendAt: new Date(inSeconds(3600)),
    });

  test('can be cancelled', async () => {
    const { sid, status } = await schedule();
    expect(status).toBe('scheduled');
    expect(await client.messages(sid).update({ status: 'canceled' })).toMatchObject({ status: 'canceled' });
  });

  test('cannot be cancelled twice', async () => {
    const { sid } = await schedule();
    await client.messages(sid).update({ status: 'canceled' });
    await expect(client.messages(sid).update({ status: 'canceled' })).rejects.toMatchObject({
      status: 400,
      code: 30409,
    });
  });
});

describe('a list', () => {
  const to = '+14155550130';
  const sids: string[] = [];

  beforeAll(async () => {
    for (const body of ['one', 'two', 'three', 'four', 'five']) {
      sids.unshift((await client.messages.create({ to, from: SENDER, body })).sid);
    }
  });

  test('has every message once over its pages, newest first', async () => {
    const messages = await client.messages.list({ to, pageSize: 2 });
    expect(messages.map(({ sid }) => sid)).toEqual(sids);
  });

  test('goes on where it was although a message arrives in between', async () => {
    const page = await client.messages.page({ to, pageSize: 2 });
    const { sid } = await client.messages.create({ to, from: SENDER, body: 'six' });
    const next = await page.nextPage();
    await client.messages(sid).remove();
    expect(next?.instances.map(({ body }) => body)).toEqual(['three', 'two']);
  });

  test('can be narrowed to a sender', async () => {
    expect(await client.messages.list({ to, from: '+15005550010' })).toEqual([]);
  });

  test('filtered by the day of sending leaves out what was sent on another day', async () => {
    const dayBefore = new Date(Date.now() - 24 * 3_600_000);
    expect(await client.messages.list({ to, dateSent: dayBefore })).toEqual([]);
  });

  test('filtered by the day of sending has what was sent since', async () => {
    const dayBefore = new Date(Date.now() - 24 * 3_600_000);
    await expect.poll(() => client.messages.list({ to, dateSentAfter: dayBefore })).toHaveLength(5);
  });
});

describe('the price', () => {
  const priced = { to: '+14155550160', from: SENDER };

  test('is not known while the message is on its way, nor right after it was delivered', async () => {
    const slow = await startTestSandbox({ priceDelayMs: 60_000 });
    const { messages } = twilioClient(slow);
    const { sid } = await messages.create({ ...priced, body: 'A text.' });
    await expect.poll(() => messages(sid).fetch()).toMatchObject({ status: 'delivered', price: null, priceUnit: null });
    await slow.close();
  });

  test('is one for each segment', async () => {
    const { sid } = await client.messages.create({ ...priced, body: 'a'.repeat(161) });
    await expect.poll(() => client.messages(sid).fetch()).toMatchObject({ price: '-0.01500', priceUnit: 'USD' });
  });

  test('of a message that failed is none', async () => {
    const { sid } = await client.messages.create({ ...priced, to: '+15005553102', body: 'A text.' });
    await expect.poll(() => client.messages(sid).fetch()).toMatchObject({ status: 'failed', price: null });
  });
});

describe('the body of a message', () => {
  const create = () => client.messages.create({ to: '+14155550170', from: SENDER, body: 'A secret.' });

  test('can be taken away once the message is final', async () => {
    const { sid } = await create();
    await expect.poll(() => client.messages(sid).fetch()).toMatchObject({ status: 'delivered' });
    expect(await client.messages(sid).update({ body: '' })).toMatchObject({ body: '' });
  });

  test('cannot be taken away before', async () => {
    const slow = await startTestSandbox({ callbackDelayMs: 60_000 });
    const { messages } = twilioClient(slow);
    const { sid } = await messages.create({ to: '+14155550170', from: SENDER, body: 'A secret.' });
    await expect(messages(sid).update({ body: '' })).rejects.toMatchObject({ status: 400, code: 21619 });
    await slow.close();
  });

  test('cannot be replaced', async () => {
    const { sid } = await create();
    await expect(client.messages(sid).update({ body: 'Else.' })).rejects.toMatchObject({ status: 400, code: 20001 });
  });
});

describe('a message', () => {
  test('is gone after it was deleted', async () => {
    const { sid } = await client.messages.create({ to: '+14155550140', from: SENDER, body: 'A text.' });
    await client.messages(sid).remove();
    await expect(client.messages(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  test('that never was is a 404', async () => {
    await expect(client.messages(`SM${'0'.repeat(32)}`).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });
});

describe('credentials', () => {
  test('may be an API key with the token as its secret', async () => {
    const withKey = twilioClient(sandbox, `SK${'1'.repeat(32)}`, AUTH_TOKEN);
    expect(await withKey.messages.list({ to: '+14155550150' })).toEqual([]);
  });

  test.each([
    ['with a wrong token', ACCOUNT_SID, 'wrong'],
    ['of another account', `AC${'f'.repeat(32)}`, AUTH_TOKEN],
  ])('%s are a 401', async (_what, user, password) => {
    const listing = twilioClient(sandbox, user, password).messages.list();
    await expect(listing).rejects.toMatchObject({ status: 401, code: 20003 });
  });

  test('that are missing are a 401', async () => {
    const response = await fetch(`${sandbox.twilioBaseUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`);
    expect(response.status).toBe(401);
  });
});

function service(ending: string): string {
  return `MG${ending.padStart(32, '0')}`;
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** Past the client, which keeps some mistakes from being sent. */
async function post(parameters: Record<string, string>): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${sandbox.twilioBaseUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}` },
    body: new URLSearchParams(parameters),
  });
  return { status: response.status, body: await response.json() };
}
