import { randomUUID } from 'node:crypto';
import type { Background } from './background.ts';
import { type HttpAnswer, type HttpHandler, type HttpRequest, json } from './http-server.ts';
import type { Inbox } from './inbox.ts';
import { type GivenReply, readReply } from './reply-request.ts';
import type { Conversations } from './twilio/conversations.ts';
import { inboundParameters, type Reply } from './twilio/inbound.ts';
import { senderOf, type TwilioMessage } from './twilio/message.ts';
import { ACCOUNT_NUMBER, bareNumber, channelOf } from './twilio/senders.ts';
import { signedForm } from './twilio/signed-form.ts';
import type { MessageStore } from './twilio/store.ts';

export interface RepliesOptions {
  accountSid: string;
  authToken: string;
  /** The webhook for what people write; null where nobody wants to know. */
  inboundUrl: string | null;
  store: MessageStore;
  conversations: Conversations;
  inbox: Inbox;
  background: Background;
}

/** Whole messages by which people opt out, in, and ask for help: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out. */
const KEYWORDS = {
  STOP: ['STOP', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT', 'CANCEL'],
  START: ['START', 'UNSTOP'],
  HELP: ['HELP', 'INFO'],
} as const;

type Keyword = keyof typeof KEYWORDS;

/** Opts somebody in who has opted out, and is an ordinary answer of everybody else. */
const MAY_START = 'YES';

/**
 * `POST /replies/`: somebody writes to one of our numbers. Takes JSON from programs and the form of the inbox page, posts
 * what Twilio would post, and answers once that was answered.
 */
export function createRepliesApi(options: RepliesOptions): HttpHandler {
  return (request) => {
    if (request.path.replace(/\/$/, '') !== '/replies') return null;
    if (request.method !== 'POST') return json(405, { message: 'Replies can only be posted.' });
    if (isFromElsewhere(request)) return json(403, { message: 'Another site must not write in the name of people.' });
    const given = readReply(request);
    if ('fault' in given) return json(400, given.fault);
    return answer(given.reply, request, options);
  };
}

/** Browsers name where a form was shown; a page from elsewhere could otherwise post to this machine. */
function isFromElsewhere({ headers }: HttpRequest): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

async function answer(given: GivenReply, request: HttpRequest, options: RepliesOptions): Promise<HttpAnswer> {
  const reply = completed(given, options.store);
  remember(reply, keywordOf(reply), options.conversations);
  const parameters = inboundParameters(reply, options.accountSid);
  const { status, text } = await post(parameters, options);
  if (status === 200) takeTwiml(text, reply, options.inbox);
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    return { status: 303, headers: { location: '/' }, body: '' };
  }
  return json(201, { sid: parameters['MessageSid'], webhook_status: status, webhook_answer: text });
}

/** A reply goes to the number that the person has last heard from, and a Messaging Service of it handles opt-outs. */
function completed(given: GivenReply, store: MessageStore): Reply {
  const last = store.newestFirst().find((message) => isAnswered(message, given));
  const to = given.to ?? (last === undefined ? ACCOUNT_NUMBER : bareNumber(senderOf(last)));
  const serviceSid = last?.messagingServiceSid ?? null;
  const reply = { ...given, to, serviceSid };
  // Advanced Opt-Out belongs to Messaging Services.
  return { ...reply, optOutType: given.optOutType ?? (serviceSid === null ? null : keywordOf(reply)) };
}

function isAnswered(message: TwilioMessage, { channel, from, to, inReplyTo }: GivenReply): boolean {
  if (inReplyTo !== null) return message.sid === inReplyTo;
  if (channelOf(message.to) !== channel || bareNumber(message.to) !== from) return false;
  return to === null || bareNumber(senderOf(message)) === to;
}

function keywordOf({ text, optOutType }: Pick<Reply, 'text' | 'optOutType'>): Keyword | null {
  if (optOutType !== null) return optOutType;
  const found = Object.entries(KEYWORDS).find(([, words]) => (words as readonly string[]).includes(wordOf(text)));
  return (found?.[0] as Keyword | undefined) ?? null;
}

function wordOf(text: string | null): string {
  return text?.trim().toUpperCase() ?? '';
}

/** Opting out of texts holds for the number, and for the whole Messaging Service that it belongs to. */
function remember(reply: Reply, keyword: Keyword | null, conversations: Conversations): void {
  const { channel, from, to, serviceSid } = reply;
  if (channel === 'whatsapp') {
    conversations.hear(to, from);
    return;
  }
  for (const sender of serviceSid === null ? [to] : [to, serviceSid]) {
    if (keyword === 'STOP') conversations.stop(sender, from);
    if (keyword === 'START' || wordOf(reply.text) === MAY_START) conversations.start(sender, from);
  }
}

async function post(
  parameters: Record<string, string>,
  { inboundUrl, authToken, background }: RepliesOptions,
): Promise<{ status: number | null; text: string | null }> {
  if (inboundUrl === null) return { status: null, text: null };
  const { url, headers, body } = signedForm(authToken, inboundUrl, parameters, randomUUID());
  return await background.postOnce(url, headers, body);
}

/** A text that the webhook answers with goes to whoever wrote: https://www.twilio.com/docs/messaging/twiml/message. */
function takeTwiml(twiml: string | null, { channel, from, to }: Reply, inbox: Inbox): void {
  const text = /<Message[^>]*>(?:\s*<Body>)?([^<]+)</.exec(twiml ?? '')?.[1];
  if (text === undefined) return;
  inbox.take({
    ...{ id: `SM${randomUUID().replaceAll('-', '')}`, channel, to: from, from: to, subject: null },
    text: text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').trim(),
    ...{ html: null, attachments: [], choices: [], headers: { twiml: 'true' }, envelope: null },
    received_at: new Date().toISOString(),
  });
}
