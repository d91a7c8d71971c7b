import { Background } from './background.ts';
import { startHttpServer } from './http-server.ts';
import { createInbox } from './inbox.ts';
import { createInboxApi } from './inbox-api.ts';
import { createReception } from './mail/reception.ts';
import { startMailServer } from './mail/server.ts';
import { createStrikes } from './strikes.ts';
import { createAccountApi } from './twilio/account.ts';
import { createTwilioApi, isAuthorized } from './twilio/api.ts';
import { createContentApi } from './twilio/content.ts';
import { answerCreate } from './twilio/create.ts';
import { createMessageStore } from './twilio/store.ts';

export interface SandboxOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  host?: string;
  /** Port of the inbox and of the Twilio API; 0 for a free one. */
  httpPort: number;
  /** Port of the mail server; 0 for a free one. */
  smtpPort: number;
  accountSid: string;
  authToken: string;
  /** The pause before each status callback and before a bounce, in milliseconds; 300 by default. */
  callbackDelayMs?: number;
  /** How many messages are kept; 10,000 by default. */
  keepMessages?: number;
  /** Where notices of bounced mails, and complaints, are posted to as `message/rfc822`; without it there are none. */
  bounceUrl?: string;
}

export interface Sandbox {
  /** Where people find the inbox, and programs `/messages/` below it. */
  readonly httpUrl: string;
  readonly smtpUrl: string;
  /** What stands for `https://` in the URLs of the Twilio API: `{twilioBaseUrl}/api.twilio.com/2010-04-01/…`. */
  readonly twilioBaseUrl: string;
  /** Ends at once, whatever is still connected or about to be sent. */
  close(): Promise<void>;
}

/**
 * Starts stand-ins for the providers, a mail server and the Twilio API, in this process. They take every message and
 * send none; magic.ts lists the addresses at which they fail on purpose.
 * @throws {Error} when a port is taken
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = '127.0.0.1', accountSid, authToken, callbackDelayMs = 300, keepMessages = 10_000 } = options;
  const background = new Background();
  const shared = { background, inbox: createInbox(keepMessages), strikes: createStrikes(keepMessages) };
  const store = createMessageStore(keepMessages);
  const reception = createReception({ ...shared, bounceUrl: options.bounceUrl, bounceDelayMs: callbackDelayMs });
  const create = (form: URLSearchParams) =>
    answerCreate(form, { ...shared, store, accountSid, authToken, callbackDelayMs });

  const mail = await startMailServer(host, options.smtpPort, reception);
  const account = { accountSid, authToken };
  const authorized = (header: string | undefined) => isAuthorized(header, account);
  const handlers = [
    createAccountApi({ accountSid, isAuthorized: authorized }),
    createTwilioApi({ ...account, store, create }),
    createContentApi({ accountSid, capacity: keepMessages, isAuthorized: authorized }),
    createInboxApi(shared.inbox),
  ];
  const http = await startHttpServer(host, options.httpPort, handlers).catch(async (error: unknown) => {
    await mail.close();
    throw error;
  });
  const httpUrl = `http://${host}:${http.port}`;
  return {
    httpUrl,
    smtpUrl: `smtp://${host}:${mail.port}`,
    twilioBaseUrl: httpUrl,
    async close() {
      await Promise.all([background.close(), mail.close(), http.close()]);
    },
  };
}
