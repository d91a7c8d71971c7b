import type { Background } from '../background.ts';
import { type HttpAnswer, json } from '../http-server.ts';
import type { Inbox } from '../inbox.ts';
import { findNumberRule, type NumberAct, type Receipt, USUAL_RECEIPTS } from '../magic.ts';
import type { Strikes } from '../strikes.ts';
import { bareNumber, channelOf, findFault } from './check.ts';
import { twilioError } from './errors.ts';
import { createMessage, representMessage, type TwilioMessage } from './message.ts';
import { deliver } from './receipts.ts';
import type { MessageStore } from './store.ts';

export interface CreateOptions {
  accountSid: string;
  authToken: string;
  callbackDelayMs: number;
  store: MessageStore;
  inbox: Inbox;
  strikes: Strikes;
  background: Background;
}

/** Answers a request for a new message: checks it, takes it unless its number says otherwise, and sends receipts later. */
export function answerCreate(form: URLSearchParams, options: CreateOptions): HttpAnswer {
  const fault = findFault(form);
  if (fault !== null) return twilioError(400, fault);
  const to = form.get('To') ?? '';
  const { act, n } = actFor(to);
  if ('refuse' in act && options.strikes.strike(to, act.times, n)) {
    const { retryAfterSeconds } = act;
    const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    return twilioError(act.status, act.refuse, headers);
  }
  const mishandled = 'mishandle' in act && options.strikes.strike(to, 1, 0) ? act : null;
  if (mishandled?.taken === false) return mishandle(mishandled.mishandle, '');
  const answer = representMessage(take(form, 'receipts' in act ? act.receipts : USUAL_RECEIPTS, options));
  return mishandled === null ? json(201, answer) : mishandle(mishandled.mishandle, JSON.stringify(answer));
}

function actFor(to: string): { act: NumberAct; n: number } {
  const found = findNumberRule(bareNumber(to), channelOf(to));
  return found === null ? { act: { receipts: USUAL_RECEIPTS }, n: 0 } : { act: found.rule.act, n: found.n };
}

function mishandle(how: Extract<NumberAct, { mishandle: string }>['mishandle'], answer: string): HttpAnswer {
  switch (how) {
    case 'error':
      return twilioError(500, 20500);
    case 'broken':
      return { status: 201, headers: { 'content-type': 'application/json' }, body: answer.slice(0, answer.length / 2) };
    case 'reset':
    case 'silence':
      return how;
  }
}

/** A scheduled message stays as it is until it is cancelled: the sandbox never sends it. */
function take(form: URLSearchParams, receipts: readonly Receipt[], options: CreateOptions): TwilioMessage {
  const message = createMessage(form, options.accountSid);
  const headers = describe(message, form);
  options.store.add(message);
  options.inbox.take({
    channel: channelOf(message.to),
    to: bareNumber(message.to),
    from: bareNumber(message.from ?? message.messagingServiceSid ?? ''),
    subject: null,
    text: message.body,
    html: null,
    attachments: [],
    headers,
    received_at: message.createdAt.toISOString(),
  });
  const onCallback = ({ status }: Receipt, httpStatus: number) => {
    headers.callbacks = `${headers.callbacks ?? ''} ${status}:${httpStatus}`.trim();
  };
  if (message.status !== 'scheduled') {
    deliver(message, receipts, { ...options, delayMs: options.callbackDelayMs, onCallback });
  }
  return message;
}

/** What else the API was given, as headers of the inbox; `callbacks` is added with each answer to one. */
function describe(message: TwilioMessage, form: URLSearchParams): Record<string, string> {
  const given = {
    sid: message.sid,
    status_callback: message.statusCallback,
    media_url: message.mediaUrls.join(' '),
    messaging_service_sid: message.messagingServiceSid,
    content_sid: form.get('ContentSid'),
    content_variables: form.get('ContentVariables'),
    validity_period: form.get('ValidityPeriod'),
    send_at: form.get('SendAt'),
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
