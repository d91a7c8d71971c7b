import type { HttpHandler } from '../http-server.ts';
import { twilioError } from './errors.ts';

export interface TwilioApiOptions {
  accountSid: string;
  authToken: string;
  /** What there is below the host; asked in turn. */
  resources: readonly HttpHandler[];
}

/** The host names of the real API, with which a path may begin: so clients map several hosts of Twilio onto one. */
const HOST = /^\/(?:api|content|messaging)\.twilio\.com(?=\/)/;
const VERSION = /^\/(?:2010-04-01|v[12])\//;

/** The parts of Twilio's API that sending needs, for whoever has the credentials. */
export function createTwilioApi(options: TwilioApiOptions): HttpHandler {
  return (request) => {
    const path = request.path.replace(HOST, '');
    if (!VERSION.test(path)) return null;
    if (!isAuthorized(request.headers.authorization, options)) {
      return twilioError(401, 20003, { 'www-authenticate': 'Basic realm="Twilio API"' });
    }
    for (const resource of options.resources) {
      const answer = resource({ ...request, path });
      if (answer !== null) return answer;
    }
    return twilioError(404, 20404);
  };
}

/** The account with its token, or any API key (`SK…`) with the token as its secret. */
function isAuthorized(header: string | undefined, { accountSid, authToken }: TwilioApiOptions): boolean {
  const [scheme = '', credentials = ''] = header?.split(' ') ?? [];
  if (scheme.toLowerCase() !== 'basic') return false;
  const [, user = '', password = ''] = /^([^:]*):(.*)$/.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? [];
  return password === authToken && (user === accountSid || /^SK[0-9a-fA-F]{32}$/.test(user));
}
