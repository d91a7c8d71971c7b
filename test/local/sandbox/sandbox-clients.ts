import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import nodemailer from 'nodemailer';
import twilio from 'twilio';
import type { TakenMessage } from '../../../local/sandbox/inbox.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../local/sandbox/start.ts';

export const ACCOUNT_SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const AUTH_TOKEN = 'a-token-of-the-sandbox';
export const SENDER = '+15005550006';

export function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const ports = { httpPort: 0, smtpPort: 0 };
  return startSandbox({
    ...ports,
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    callbackDelayMs: 5,
    priceDelayMs: 50,
    ...options,
  });
}

/** Twilio's own client, sent to the sandbox. */
export function twilioClient(sandbox: Sandbox, user = ACCOUNT_SID, password = AUTH_TOKEN, timeout = 5000) {
  const httpClient = new SandboxRequestClient(sandbox.twilioBaseUrl, timeout);
  return twilio(user, password, { httpClient, accountSid: ACCOUNT_SID, edge: '', region: '' });
}

class SandboxRequestClient extends twilio.RequestClient {
  readonly #baseUrl: string;

  constructor(baseUrl: string, timeout: number) {
    super({ timeout, autoRetry: false });
    this.#baseUrl = baseUrl;
  }

  override request<T>(options: Parameters<twilio.RequestClient['request']>[0]) {
    // A link to a next page leads to the sandbox already.
    const uri = options.uri.startsWith(this.#baseUrl) ? options.uri : this.#redirected(new URL(options.uri));
    return super.request<T>({ ...options, uri } as never);
  }

  #redirected({ hostname, pathname, search }: URL): string {
    return `${this.#baseUrl}/${hostname}${pathname}${search}`;
  }
}

/** Sends a mail with nodemailer over a connection of its own. */
export function sendMail(sandbox: Sandbox, to: string, more: object = {}, transport: object = {}) {
  const mailer = nodemailer.createTransport({ url: sandbox.smtpUrl, socketTimeout: 5000, ...transport });
  return mailer.sendMail({ from: 'sender@example.com', to, subject: 'Hello', text: 'A text.', ...more });
}

export async function taken(sandbox: Sandbox, query: Record<string, string> = {}): Promise<TakenMessage[]> {
  const response = await fetch(`${sandbox.httpUrl}/messages/?${new URLSearchParams(query)}`);
  const { results } = (await response.json()) as { results: TakenMessage[] };
  return results;
}

export interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface PostReceiver {
  readonly url: string;
  readonly posts: ReceivedPost[];
  /** The body of further answers. */
  answer: string;
  close(): Promise<void>;
}

/** Records what is posted to it, and answers the first posts with the given statuses and the others with 200. */
export async function startPostReceiver(...firstStatuses: number[]): Promise<PostReceiver> {
  const posts: ReceivedPost[] = [];
  const server = createServer(async (request, response) => {
    const status = firstStatuses[posts.length] ?? 200;
    posts.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    response.writeHead(status).end(receiver.answer);
  });
  const receiver = { answer: '' };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
