import type { Background } from '../background.ts';
import { type HttpAnswer, json } from '../http-server.ts';
import type { Inbox } from '../inbox.ts';
import { type Course, findAct, type Mishandling, type Refusal, USUAL_COURSE } from '../magic-numbers.ts';
import type { Strikes } from '../strikes.ts';
import { findFault, readVariables } from './check.ts';
import type { ContentStore } from './contents.ts';
import type { Conversations } from './conversations.ts';
import { courseOf, type UsedContent } from './course.ts';
import { problemDetails, twilioError } from './errors.ts';
import { createMessage, representMessage } from './message.ts';
import { deliver } from './receipts.ts';
import { type RenderedContent, renderContent } from './render-content.ts';
import { bareNumber, channelOf } from './senders.ts';
import type { MessageStore } from './store.ts';
import { takenText } from './taken-text.ts';

export interface CreateOptions {
  accountSid: string;
  authToken: string;
  callbackDelayMs: number;
  lateCallbackMs: number;
  priceDelayMs: number;
  store: MessageStore;
  contents: ContentStore;
  conversations: Conversations;
  inbox: Inbox;
  strikes: Strikes;
  background: Background;
}

/** How long a slow answer takes. */
const SLOW_ANSWER_MS = 2000;

/** Answers a request for a new message: checks it, takes it unless its number says otherwise, and sends receipts later. */
export function answerCreate(form: URLSearchParams, options: CreateOptions): HttpAnswer | Promise<HttpAnswer> {
  const fault = findFault(form) ?? contentFault(form, options.contents) ?? consentFault(form, options.conversations);
  if (fault !== null) return twilioError(400, fault);
  const to = form.get('To') ?? '';
  const { act, n } = findAct(bareNumber(to), channelOf(to));
  if ('refuse' in act) {
    return options.strikes.strike(to, act.times, n) ? refuse(act) : take(form, USUAL_COURSE, options);
  }
  if ('receipts' in act) {
    const strikes = act.times === undefined || options.strikes.strike(to, act.times, n);
    return take(form, strikes ? act : USUAL_COURSE, options);
  }
  if (!options.strikes.strike(to, 1, 0)) return take(form, USUAL_COURSE, options);
  return mishandle(act, form, options);
}

function contentFault(form: URLSearchParams, contents: ContentStore): number | null {
  const sid = form.get('ContentSid');
  return sid && contents.find(sid) === null ? 21655 : null;
}

/** Who has told a number or a service to stop gets no more texts from it. */
function consentFault(form: URLSearchParams, conversations: Conversations): number | null {
  const to = form.get('To') ?? '';
  const senders = [form.get('From'), form.get('MessagingServiceSid')];
  const hasStopped = senders.some((sender) => sender && conversations.hasStopped(sender, to));
  return hasStopped ? 21610 : null;
}

function refuse({ status, refuse: code, problem = false, retryAfterSeconds }: Refusal): HttpAnswer {
  if (problem) return problemDetails(status, code);
  return twilioError(status, code, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) });
}

async function mishandle(
  { mishandle, taken }: Mishandling,
  form: URLSearchParams,
  options: CreateOptions,
): Promise<HttpAnswer> {
  const answer = taken ? await take(form, USUAL_COURSE, options) : null;
  switch (mishandle) {
    case 'error':
      return twilioError(500, 20500);
    case 'gateway':
      return { status: 502, headers: HTML, body: '<html><title>502 Bad Gateway</title></html>' };
    case 'html':
      return { status: 201, headers: HTML, body: '<html><title>Welcome</title></html>' };
    case 'broken':
      return typeof answer === 'object' && answer !== null ? { ...answer, body: half(answer.body) } : 'reset';
    case 'slow':
      await options.background.pause(SLOW_ANSWER_MS);
      return answer ?? 'reset';
    case 'reset':
    case 'silence':
      return mishandle;
  }
}

const HTML = { 'content-type': 'text/html' };

function half(body: string | Buffer): string {
  return body.toString().slice(0, body.length / 2);
}

/** A scheduled message stays as it is until it is cancelled: the sandbox never sends it. */
function take(form: URLSearchParams, course: Course, options: CreateOptions): HttpAnswer | Promise<HttpAnswer> {
  const { used, rendered } = contentOf(form, options.contents);
  const message = createMessage(form, options.accountSid, rendered);
  const answer = json(201, representMessage(message, options.priceDelayMs));
  const text = takenText(message, form, rendered);
  options.store.add(message);
  options.inbox.take(text);
  if (message.status === 'scheduled') return answer;
  const taken = courseOf(message, used, course, options.conversations);
  const first = deliver(message, taken, {
    ...options,
    onCallback: ({ status }, httpStatus) => {
      text.headers['callbacks'] = `${text.headers['callbacks'] ?? ''} ${status}:${httpStatus}`.trim();
    },
  });
  return taken.callbacks === 'early' ? first.then(() => answer) : answer;
}

function contentOf(
  form: URLSearchParams,
  contents: ContentStore,
): { used: UsedContent | null; rendered: RenderedContent | null } {
  const content = contents.find(form.get('ContentSid') ?? '');
  if (content === null) return { used: null, rendered: null };
  const values = readVariables(form.get('ContentVariables')) ?? {};
  return {
    used: { content, approval: contents.approval(content.sid), values: Object.values(values) },
    rendered: renderContent(content, channelOf(form.get('To') ?? ''), values),
  };
}
