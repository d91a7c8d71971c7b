import { Background, type Reach } from './background.ts';
import { type HttpHandler, startHttpServer } from './http-server.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createInboxApi } from './inbox-api.ts';
import { createReception } from './mail/reception.ts';
import { startMailServer } from './mail/server.ts';
import { createRepliesApi } from './replies.ts';
import { createStrikes, type Strikes } from './strikes.ts';
import { createAccountApi } from './twilio/account-api.ts';
import { createTwilioApi } from './twilio/api.ts';
import { createContentApi } from './twilio/content-api.ts';
import { createContentStore } from './twilio/contents.ts';
import { createConversations } from './twilio/conversations.ts';
import { answerCreate } from './twilio/create.ts';
import { createMessagesApi } from './twilio/messages-api.ts';
import { createServiceApi } from './twilio/service-api.ts';
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
  /** The pause before the callbacks of numbers that report late, in milliseconds; 20,000 by default. */
  lateCallbackMs?: number;
  /** How long after a message became final its price is known, in milliseconds; as `callbackDelayMs` by default. */
  priceDelayMs?: number;
  /** How long a template is `received`, and then `pending`, before it is approved, in milliseconds; 1,000 by default. */
  approvalDelayMs?: number;
  /** How many messages are kept; 10,000 by default. */
  keepMessages?: number;
  /** Where notices of bounced mails, and complaints, are posted to as `message/rfc822`; without it there are none. */
  bounceUrl?: string;
  /** Where what people write is posted to, as Twilio posts it; without it nobody hears of it. */
  inboundUrl?: string;
  /** Where requests to the service's public URL go instead, if that cannot be reached from here. They are signed for it. */
  reach?: Reach | null;
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
 * send none; the files magic*.ts list the addresses at which they fail on purpose.
 * @throws {Error} when a port is taken
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = '127.0.0.1', callbackDelayMs = 300, keepMessages = 10_000 } = options;
  const background = new Background(options.reach ?? null);
  const shared = { background, inbox: createInbox(keepMessages), strikes: createStrikes(keepMessages) };
  const reception = createReception({ ...shared, bounceUrl: options.bounceUrl, bounceDelayMs: callbackDelayMs });

  const mail = await startMailServer(host, options.smtpPort, reception);
  const handlers = [
    ...createTwilio(options, { ...shared, callbackDelayMs, keepMessages }),
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

interface Shared {
  readonly background: Background;
  readonly inbox: Inbox;
  readonly strikes: Strikes;
  readonly callbackDelayMs: number;
  readonly keepMessages: number;
}

/** The API of Twilio, and the people who answer what was sent with it. */
function createTwilio(options: SandboxOptions, shared: Shared): HttpHandler[] {
  const {
    accountSid,
    authToken,
    priceDelayMs = shared.callbackDelayMs,
    lateCallbackMs = 20_000,
    approvalDelayMs = 1000,
  } = options;
  const account = { accountSid, authToken };
  const store = createMessageStore(shared.keepMessages);
  const contents = createContentStore({ capacity: shared.keepMessages, approvalDelayMs });
  const conversations = createConversations(shared.keepMessages);
  const creating = { ...account, ...shared, store, contents, conversations, priceDelayMs, lateCallbackMs };
  const create = (form: URLSearchParams) => answerCreate(form, creating);
  const resources = [
    createMessagesApi({ accountSid, store, priceDelayMs, create }),
    createContentApi({ accountSid, contents }),
    createServiceApi(accountSid),
    createAccountApi(accountSid),
  ];
  return [
    createTwilioApi({ ...account, resources }),
    createRepliesApi({ ...account, ...shared, store, conversations, inboundUrl: options.inboundUrl ?? null }),
  ];
}
