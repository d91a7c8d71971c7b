import { type HttpAnswer, type HttpHandler, type HttpRequest, json } from '../http-server.ts';
import { twilioError } from './errors.ts';
import { listMessages } from './list.ts';
import { API_VERSION, cancel, representMessage, type TwilioMessage } from './message.ts';
import type { MessageStore } from './store.ts';

export interface TwilioApiOptions {
  accountSid: string;
  authToken: string;
  store: MessageStore;
  /** Answers a request for a new message. */
  create: (form: URLSearchParams) => HttpAnswer;
}

const ROUTE = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages(?:\/([^/]+))?\.json$/;

/**
 * The part of https://www.twilio.com/docs/messaging/api/message-resource that sending needs. The path may begin with the
 * host name of the real API, because that is how clients map several hosts of Twilio onto one.
 */
export function createTwilioApi(options: TwilioApiOptions): HttpHandler {
  return (request) => {
    const path = request.path.replace(/^\/api\.twilio\.com(?=\/)/, '');
    return path.startsWith(`/${API_VERSION}/`) ? answer(request, path, options) : null;
  };
}

function answer(request: HttpRequest, path: string, options: TwilioApiOptions): HttpAnswer {
  if (!isAuthorized(request.headers.authorization, options)) {
    return twilioError(401, 20003, { 'www-authenticate': 'Basic realm="Twilio API"' });
  }
  const [route, accountSid, sid] = ROUTE.exec(path) ?? [];
  if (route === undefined || accountSid !== options.accountSid) return twilioError(404, 20404);
  if (sid === undefined) return answerForAll(request, options);
  const message = options.store.get(sid);
  return message === undefined ? twilioError(404, 20404) : answerForOne(request, message, options.store);
}

function answerForAll(
  { method, query, form }: HttpRequest,
  { accountSid, store, create }: TwilioApiOptions,
): HttpAnswer {
  if (method === 'POST') return create(form);
  if (method === 'GET') return json(200, listMessages(query, accountSid, store.newestFirst()));
  return twilioError(405, 20004);
}

function answerForOne({ method, form }: HttpRequest, message: TwilioMessage, store: MessageStore): HttpAnswer {
  if (method === 'DELETE') {
    store.remove(message.sid);
    return { status: 204, body: '' };
  }
  if (method === 'POST' && form.get('Status') === 'canceled' && !cancel(message)) return twilioError(400, 30409);
  return method === 'GET' || method === 'POST' ? json(200, representMessage(message)) : twilioError(405, 20004);
}

/** The account with its token, or any API key (`SK…`) with the token as its secret. */
export function isAuthorized(
  header: string | undefined,
  { accountSid, authToken }: Pick<TwilioApiOptions, 'accountSid' | 'authToken'>,
): boolean {
  const [scheme = '', credentials = ''] = header?.split(' ') ?? [];
  if (scheme.toLowerCase() !== 'basic') return false;
  const [, user = '', password = ''] = /^([^:]*):(.*)$/.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? [];
  return password === authToken && (user === accountSid || /^SK[0-9a-fA-F]{32}$/.test(user));
}
