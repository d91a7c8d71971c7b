import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TakenMessage } from '../../local/sandbox/inbox.ts';
import { type Sandbox, startSandbox } from '../../local/sandbox/start.ts';
import type { ChannelAdapter } from '../../src/channels/channel.ts';
import { createSmsChannel } from '../../src/channels/sms.ts';
import type { TwilioChannelOptions } from '../../src/channels/twilio-channel.ts';
import { createWhatsappChannel } from '../../src/channels/whatsapp.ts';
import { outgoingMessage } from './outgoing-message.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a-secret-token' };
const FROM = '+15005550006';
const MESSAGING_SERVICE = `MG${'0'.repeat(32)}`;
const CONTENT_SID = `HX${'0'.repeat(32)}`;
const PUBLIC_URL = 'http://127.0.0.1:9';
const OPENAPI = new URL('../../../shared/twilio-openapi/twilio_api_v2010.json', import.meta.url);

let sandbox: Sandbox;
let sms: ChannelAdapter;
let whatsapp: ChannelAdapter;

beforeAll(async () => {
  sandbox = await startSandbox({ httpPort: 0, smtpPort: 0, ...ACCOUNT });
  sms = createSmsChannel(optionsFor(sandbox.twilioBaseUrl));
  whatsapp = createWhatsappChannel(optionsFor(sandbox.twilioBaseUrl));
});

afterAll(async () => {
  await Promise.all([sms.close(), whatsapp.close()]);
  await sandbox.close();
});

function optionsFor(baseUrl: string, from = FROM): TwilioChannelOptions {
  return { twilio: { ...ACCOUNT, baseUrl, timeoutSeconds: 1 }, from, publicUrl: PUBLIC_URL };
}

async function inboxOf(number: string, channel: 'sms' | 'whatsapp'): Promise<TakenMessage[]> {
  const response = await fetch(`${sandbox.httpUrl}/messages/?to=${encodeURIComponent(number)}&channel=${channel}`);
  return ((await response.json()) as { results: TakenMessage[] }).results;
}

/** A stand-in that takes every message and keeps the requests. */
async function recordRequests(): Promise<{ baseUrl: string; requests: { request: IncomingMessage; body: string }[] }> {
  const requests: { request: IncomingMessage; body: string }[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ request, body: await text(request) });
    response.writeHead(201, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ sid: 'SM1', num_segments: '1' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function formOf(
  create: typeof createSmsChannel,
  from: string,
  message = outgoingMessage({ to: '+4915112345678' }),
) {
  const { baseUrl, requests } = await recordRequests();
  await create(optionsFor(baseUrl, from)).send(message);
  return new URLSearchParams(requests[0]?.body);
}

describe('a text', () => {
  it('is taken, with the number of its segments', async () => {
    const accepted = await sms.send(outgoingMessage({ to: '+4915112345601', content: { text: 'a'.repeat(161) } }));
    expect(accepted).toEqual({ providerMessageId: expect.stringMatching(/^SM[0-9a-f]{32}$/), segments: 2 });
    expect(await inboxOf('+4915112345601', 'sms')).toHaveLength(1);
  });

  it('has no number of segments yet where a Messaging Service sends it', async () => {
    const viaService = createSmsChannel(optionsFor(sandbox.twilioBaseUrl, MESSAGING_SERVICE));
    onTestFinished(() => viaService.close());
    expect(await viaService.send(outgoingMessage({ to: '+4915112345602' }))).toMatchObject({ segments: null });
  });

  it('names its attempt in the status callback', async () => {
    const message = outgoingMessage({ to: '+4915112345678' });
    const form = await formOf(createSmsChannel, FROM, message);
    const path = '/api/webhooks/twilio/status/';
    expect(form.get('StatusCallback')).toBe(`${PUBLIC_URL}${path}?m=${message.messageId}&a=${message.attemptId}`);
  });

  it('comes from the number', async () => {
    const form = await formOf(createSmsChannel, FROM);
    expect([form.get('From'), form.get('MessagingServiceSid')]).toEqual([FROM, null]);
  });

  it('comes from the Messaging Service where there is one', async () => {
    const form = await formOf(createSmsChannel, MESSAGING_SERVICE);
    expect([form.get('From'), form.get('MessagingServiceSid')]).toEqual([null, MESSAGING_SERVICE]);
  });

  it('goes where we say, whatever the environment says of edges', async () => {
    process.env.TWILIO_EDGE = 'sydney';
    process.env.TWILIO_REGION = 'au1';
    onTestFinished(() => {
      delete process.env.TWILIO_EDGE;
      delete process.env.TWILIO_REGION;
    });
    const { baseUrl, requests } = await recordRequests();
    await createSmsChannel(optionsFor(`${baseUrl}/below/`)).send(outgoingMessage({ to: '+4915112345678' }));
    expect(requests[0]?.request.url).toBe(`/below/2010-04-01/Accounts/${ACCOUNT.accountSid}/Messages.json`);
  });
});

describe('a WhatsApp message', () => {
  it('is taken, without segments', async () => {
    const accepted = await whatsapp.send(outgoingMessage({ to: '+4915112345603' }));
    expect(accepted).toEqual({ providerMessageId: expect.stringMatching(/^SM/), segments: null });
    expect(await inboxOf('+4915112345603', 'whatsapp')).toHaveLength(1);
  });

  it('goes from and to WhatsApp addresses', async () => {
    const form = await formOf(createWhatsappChannel, FROM);
    expect([form.get('From'), form.get('To')]).toEqual([`whatsapp:${FROM}`, 'whatsapp:+4915112345678']);
  });

  it('may carry media, with or without text', async () => {
    const media = outgoingMessage({
      to: '+4915112345678',
      content: { text: '', mediaUrl: 'https://example.com/a.png' },
    });
    const form = await formOf(createWhatsappChannel, FROM, media);
    expect([form.get('Body'), form.getAll('MediaUrl')]).toEqual([null, ['https://example.com/a.png']]);
  });

  it('names its approved template and what fills it, in place of a text', async () => {
    const content = { text: 'Hi Ada', contentSid: CONTENT_SID, contentVariables: { '1': 'Ada', '2': '19:30' } };
    const form = await formOf(createWhatsappChannel, FROM, outgoingMessage({ to: '+4915112345678', content }));
    expect([form.get('Body'), form.get('ContentSid'), form.get('ContentVariables')]).toEqual([
      ...[null, CONTENT_SID, '{"1":"Ada","2":"19:30"}'],
    ]);
  });

  it('of a template is found again after an answer that never came', async () => {
    const content = { text: 'Hi Ada', contentSid: CONTENT_SID, contentVariables: { '1': 'Ada' } };
    const message = outgoingMessage({ to: '+15005554099', content });
    const begun = new Date();
    await expect(whatsapp.send(message)).rejects.toMatchObject({ kind: 'uncertain' });
    expect(await whatsapp.findAccepted(message, begun)).toMatchObject([{ providerMessageId: expect.any(String) }]);
  });
});

describe.runIf(existsSync(OPENAPI))('a request to Twilio', () => {
  it('has only parameters that Twilio has published', async () => {
    const { paths } = JSON.parse(readFileSync(OPENAPI, 'utf8'));
    const { content: forms } = paths['/2010-04-01/Accounts/{AccountSid}/Messages.json'].post.requestBody;
    const published = Object.keys(forms['application/x-www-form-urlencoded'].schema.properties);
    const contents = [
      { text: 'Look', mediaUrl: 'https://example.com/a.png' },
      { text: 'Hi', contentSid: CONTENT_SID, contentVariables: { '1': 'Ada' } },
    ];
    for (const [from, content] of [FROM, MESSAGING_SERVICE].flatMap((by) =>
      contents.map((one) => [by, one] as const),
    )) {
      const form = await formOf(createWhatsappChannel, from, outgoingMessage({ to: '+4915112345678', content }));
      expect(published).toEqual(expect.arrayContaining([...form.keys()]));
    }
  });
});

describe('a message that Twilio refuses', () => {
  it.each([
    ['+15005550001', 'unreachable', 'twilio_21211'],
    ['+15005550002', 'unreachable', 'twilio_21612'],
    ['+15005550003', 'misconfigured', 'twilio_21408'],
    ['+15005550004', 'opted_out', 'twilio_21610'],
    ['+15005550009', 'unreachable', 'twilio_21614'],
    ['+15005551101', 'throttled', 'twilio_20429'],
    ['+15005555001', 'rejected', 'twilio_29999'],
  ])('for %s is %s', async (to, kind, code) => {
    await expect(sms.send(outgoingMessage({ to }))).rejects.toMatchObject({ name: 'DeliveryFailure', kind, code });
    expect(await inboxOf(to, 'sms')).toEqual([]);
  });

  it('comes back after the time that Twilio names', async () => {
    await expect(sms.send(outgoingMessage({ to: '+15005551102' }))).rejects.toMatchObject({ retryAfterSeconds: 1 });
  });

  it('is our fault where the credentials are wrong', async () => {
    const options = optionsFor(sandbox.twilioBaseUrl);
    const stranger = createSmsChannel({ ...options, twilio: { ...options.twilio, authToken: 'wrong' } });
    onTestFinished(() => stranger.close());
    const sending = stranger.send(outgoingMessage({ to: '+4915112345604' }));
    await expect(sending).rejects.toMatchObject({ kind: 'misconfigured', code: 'twilio_20003' });
  });
});

describe('a message of which nobody knows whether Twilio has taken it', () => {
  it.each([
    ['answered with a fault', '+15005554001', 'twilio_20500', true],
    ['taken and cut off', '+15005554101', 'twilio_connection_reset', true],
    ['taken and not answered', '+15005554201', 'twilio_timeout', true],
    ['not taken and not answered', '+15005554301', 'twilio_timeout', false],
    ['answered in broken JSON', '+15005554401', 'twilio_bad_response', true],
    ['answered as unavailable', '+15005552101', 'twilio_20503', false],
  ])('%s is uncertain, and can be found where it was taken', async (_name, to, code, taken) => {
    const message = outgoingMessage({ to });
    const calledAt = new Date();
    await expect(sms.send(message)).rejects.toMatchObject({ kind: 'uncertain', code });
    const found = await sms.findAccepted(message, calledAt);
    expect(found).toEqual(taken ? [{ providerMessageId: expect.stringMatching(/^SM/), segments: 1 }] : []);
  });

  it('is sent once, without retries of its own', async () => {
    await sms.send(outgoingMessage({ to: '+15005554002' })).catch(() => undefined);
    expect(await inboxOf('+15005554002', 'sms')).toHaveLength(1);
  });
});

describe('finding an earlier message', () => {
  it('does not take another text for it', async () => {
    const calledAt = new Date();
    await sms.send(outgoingMessage({ to: '+4915112345605', content: { text: 'Something else' } }));
    expect(await sms.findAccepted(outgoingMessage({ to: '+4915112345605' }), calledAt)).toEqual([]);
  });

  it('does not take one on another channel for it', async () => {
    const message = outgoingMessage({ to: '+4915112345606' });
    await whatsapp.send(message);
    expect(await sms.findAccepted(message, new Date())).toEqual([]);
  });

  it('does not take one from long before the call for it', async () => {
    const message = outgoingMessage({ to: '+4915112345607' });
    await sms.send(message);
    expect(await sms.findAccepted(message, new Date(Date.now() + 60_000))).toEqual([]);
  });

  it('does not take one from another sender for it', async () => {
    const message = outgoingMessage({ to: '+4915112345610' });
    const calledAt = new Date();
    const other = createSmsChannel(optionsFor(sandbox.twilioBaseUrl, MESSAGING_SERVICE));
    await other.send(message);
    await other.close();
    expect(await sms.findAccepted(message, calledAt)).toEqual([]);
  });

  it('gives all that it may be, the oldest first', async () => {
    const message = outgoingMessage({ to: '+4915112345608' });
    const calledAt = new Date();
    const first = await sms.send(message);
    const second = await sms.send(message);
    expect(await sms.findAccepted(message, calledAt)).toEqual([first, second]);
  });

  it('is tried again where Twilio does not answer, for nothing is uncertain about it', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => server.closeAllConnections());
    onTestFinished(() => void server.close());
    const silent = createSmsChannel(optionsFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    const finding = silent.findAccepted(outgoingMessage({ to: '+4915112345609' }), new Date());
    await expect(finding).rejects.toMatchObject({ kind: 'transient', code: 'twilio_timeout' });
  });
});

describe('a failure', () => {
  it.each([
    ['without a connection', () => 'http://127.0.0.1:9'],
    ['with a refusal', () => sandbox.twilioBaseUrl],
  ])('%s shows neither the token nor the number nor the content', async (_name, baseUrl) => {
    const channel = createSmsChannel(optionsFor(baseUrl()));
    const error = await channel.send(outgoingMessage({ to: '+15005550001' })).catch((caught) => caught);
    const basic = Buffer.from(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`).toString('base64');
    const shown = inspect(error, { depth: null, showHidden: true });
    for (const secret of [ACCOUNT.authToken, basic, '+15005550001', 'table']) expect(shown).not.toContain(secret);
  });
});
