import { type HttpAnswer, type HttpHandler, type HttpRequest, json } from '../http-server.ts';
import { twilioError } from './errors.ts';
import { listMessages } from './list.ts';
import { cancel, isFinal, representMessage, type TwilioMessage } from './message.ts';
import type { MessageStore } from './store.ts';

export interface MessagesApiOptions {
  accountSid: string;
  store: MessageStore;
  priceDelayMs: number;
  /** Answers a request for a new message. */
  create: (form: URLSearchParams) => HttpAnswer | Promise<HttpAnswer>;
}

const ROUTE = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages(?:\/([^/]+))?\.json$/;

/** Messages: https://www.twilio.com/docs/messaging/api/message-resource. */
export function createMessagesApi(options: MessagesApiOptions): HttpHandler {
  return (request) => {
    const [route, accountSid, sid] = ROUTE.exec(request.path) ?? [];
    if (route === undefined) return null;
    if (accountSid !== options.accountSid) return twilioError(404, 20404);
    if (sid === undefined) return answerForAll(request, options);
    const message = options.store.get(sid);
    return message === undefined ? twilioError(404, 20404) : answerForOne(request, message, options);
  };
}

function answerForAll({ method, query, form }: HttpRequest, options: MessagesApiOptions) {
  if (method === 'POST') return options.create(form);
  if (method === 'GET') return json(200, listMessages(query, options));
  return twilioError(405, 20004);
}

function answerForOne(request: HttpRequest, message: TwilioMessage, options: MessagesApiOptions): HttpAnswer {
  if (request.method === 'DELETE') {
    options.store.remove(message.sid);
    return { status: 204, body: '' };
  }
  const fault = request.method === 'POST' ? change(request.form, message) : null;
  if (fault !== null) return twilioError(400, fault);
  if (request.method !== 'GET' && request.method !== 'POST') return twilioError(405, 20004);
  return json(200, representMessage(message, options.priceDelayMs));
}

/** Cancels a message, or takes its body away; the code of what is against it, or null. */
function change(form: URLSearchParams, message: TwilioMessage): number | null {
  if (form.get('Status') === 'canceled') return cancel(message) ? null : 30409;
  const body = form.get('Body');
  if (form.has('Status') || (body !== null && body !== '')) return 20001;
  if (body === null) return null;
  if (!isFinal(message)) return 21619;
  message.body = '';
  return null;
}
