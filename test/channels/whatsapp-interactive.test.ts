import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWhatsappChannel } from '../../src/channels/whatsapp.ts';
import type { Interactive } from '../../src/domain/interactive.ts';
import { outgoingMessage } from './outgoing-message.ts';

interface Call {
  readonly path: string;
  readonly body: unknown;
}

let server: Server;
let baseUrl: string;
let calls: Call[] = [];
let contentStatus = 201;
let contentAnswer = JSON.stringify({ sid: 'HX1' });
/** The code that messages are refused with. */
let refusalCode: number | null = null;
const kept = new Map<string, string>();

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const isContent = request.url?.startsWith('/v1/Content') === true;
    const body = isContent ? await json(request) : Object.fromEntries(new URLSearchParams(await text(request)));
    calls.push({ path: request.url ?? '', body });
    const taken = refusalCode === null ? { sid: 'SM1', num_segments: '0' } : { code: refusalCode, message: 'Refused.' };
    const status = refusalCode === null ? 201 : 400;
    response.writeHead(isContent ? contentStatus : status, { 'content-type': 'application/json' });
    response.end(isContent ? contentAnswer : JSON.stringify(taken));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  calls = [];
  contentStatus = 201;
  contentAnswer = JSON.stringify({ sid: 'HX1' });
  refusalCode = null;
  kept.clear();
});

function channel(account = '0') {
  return createWhatsappChannel({
    twilio: { accountSid: `AC${account.repeat(32)}`, authToken: 'token', baseUrl, timeoutSeconds: 3 },
    ...{ from: '+14155238886', publicUrl: 'https://messages.example.com' },
    contents: {
      find: async (hash) => kept.get(hash.toString('hex')) ?? null,
      keep: async (hash, sid) => void kept.set(hash.toString('hex'), sid),
      forget: async (sid) => {
        for (const [hash, known] of kept) if (known === sid) kept.delete(hash);
      },
    },
  });
}

function message(interactive: Interactive, words = 'Do you come, Ann?') {
  return outgoingMessage({ to: '+15005550001', content: { text: words, interactive } });
}

const QUICK: Interactive = {
  type: 'quick_reply',
  actions: [
    { id: 'yes', title: 'Yes 👍' },
    { id: 'no', title: 'لا' },
  ],
};

test.each<[Interactive, object]>([
  [QUICK, { 'twilio/quick-reply': { body: '{{1}}', actions: QUICK.type === 'quick_reply' ? QUICK.actions : [] } }],
  [
    { type: 'list', button: 'Times', items: [{ id: 'a', title: '12:30' }] },
    { 'twilio/list-picker': { body: '{{1}}', button: 'Times', items: [{ id: 'a', item: '12:30' }] } },
  ],
  [
    { type: 'call_to_action', actions: [{ type: 'url', title: 'Track', url: 'https://example.com/1' }] },
    {
      'twilio/call-to-action': {
        body: '{{1}}',
        actions: [{ type: 'URL', title: 'Track', url: 'https://example.com/1' }],
      },
    },
  ],
])('a message with %j is a content at Twilio, filled with its text', async (interactive, types) => {
  await channel().send(message(interactive));
  expect(calls[0]).toMatchObject({ path: '/v1/Content', body: { language: 'en', types } });
  expect(calls[1]?.body).toMatchObject({ ContentSid: 'HX1', ContentVariables: '{"1":"Do you come, Ann?"}' });
});

test('the content itself says nothing to anybody', async () => {
  await channel().send(message(QUICK));
  expect(JSON.stringify(calls[0]?.body)).not.toContain('Ann');
});

test('the same buttons are made once, whatever stands above them', async () => {
  const whatsapp = channel();
  await whatsapp.send(message(QUICK));
  await whatsapp.send(message(QUICK, 'And tomorrow?'));
  expect(calls.filter(({ path }) => path === '/v1/Content')).toHaveLength(1);
});

describe('a button that is one person’s alone', () => {
  const personal = (id: string): Interactive => ({
    type: 'quick_reply',
    actions: [
      { id: 'later', title: 'Later' },
      { id, title: 'Confirm', isPersonal: true },
    ],
  });

  test('gives its id with the message, and not with the content', async () => {
    await channel().send(message(personal('token-1')));
    const actions = [
      { id: 'later', title: 'Later' },
      { id: '{{2}}', title: 'Confirm' },
    ];
    expect(calls[0]?.body).toMatchObject({
      variables: { 1: 'text', 2: 'text' },
      types: { 'twilio/quick-reply': { body: '{{1}}', actions } },
    });
    expect(calls[1]?.body).toMatchObject({ ContentVariables: '{"1":"Do you come, Ann?","2":"token-1"}' });
  });

  test('is made once for all', async () => {
    const whatsapp = channel();
    await whatsapp.send(message(personal('token-1')));
    await whatsapp.send(message(personal('token-2')));
    expect(calls.filter(({ path }) => path === '/v1/Content')).toHaveLength(1);
  });
});

test('buttons that cannot be made leave nothing in doubt, as no message has been sent', async () => {
  contentStatus = 500;
  await expect(channel().send(message(QUICK))).rejects.toMatchObject({ kind: 'transient' });
  expect(calls).toHaveLength(1);
});

test.each(['<html>', '', 'null', '{"sid":"HX', '{}'])(
  'an answer of %j leaves nothing in doubt either',
  async (answer) => {
    contentAnswer = answer;
    const sending = channel().send(message(QUICK));
    await expect(sending).rejects.toMatchObject({ name: 'DeliveryFailure', kind: 'transient' });
  },
);

test('another account gets a content of its own', async () => {
  await channel('0').send(message(QUICK));
  await channel('1').send(message(QUICK));
  expect(calls.filter(({ path }) => path === '/v1/Content')).toHaveLength(2);
});

test('a content that was deleted at Twilio is made anew at the next try', async () => {
  const whatsapp = channel();
  await whatsapp.send(message(QUICK));
  refusalCode = 21655;
  const sending = whatsapp.send(message(QUICK));
  await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'twilio_21655', repeats: 1 });
  refusalCode = null;
  contentAnswer = JSON.stringify({ sid: 'HX2' });
  await whatsapp.send(message(QUICK));
  expect(calls.at(-1)?.body).toMatchObject({ ContentSid: 'HX2' });
});

test('a template of the sender that Twilio does not have is a fault of the set-up', async () => {
  refusalCode = 21655;
  const content = { contentSid: 'HX9', contentVariables: { 1: 'Ann' }, interactive: null };
  const sending = channel().send(outgoingMessage({ to: '+15005550001', content }));
  await expect(sending).rejects.toMatchObject({ kind: 'misconfigured', code: 'twilio_21655' });
});

test.each([
  ['with a template is for that', { hasTemplate: true as const }, 'transient'],
  ['without one is for the next channel', {}, 'unreachable'],
])('a text that comes outside the window %s', async (_, more, kind) => {
  refusalCode = 63016;
  const sending = channel().send(outgoingMessage({ to: '+15005550001', content: { text: 'Hello', ...more } }));
  await expect(sending).rejects.toMatchObject({ kind, code: 'twilio_63016' });
});

test('where buttons cannot be shown, the text is', async () => {
  await channel().send(message(QUICK));
  expect(calls[0]?.body).toMatchObject({ types: { 'twilio/text': { body: '{{1}}' } } });
});

test('a number to call is made complete', async () => {
  await channel().send(
    message({ type: 'call_to_action', actions: [{ type: 'phone', title: 'Call', phone: '+44 7911 123-456' }] }),
  );
  expect(JSON.stringify(calls[0]?.body)).toContain('"phone":"+447911123456"');
});

test('a text that is too long to stand above buttons is refused', async () => {
  await expect(channel().send(message(QUICK, 'a'.repeat(1025)))).rejects.toMatchObject({
    ...{ kind: 'rejected', code: 'content_too_long' },
  });
});
