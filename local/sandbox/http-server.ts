import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The body, parsed as a form; repeated keys are kept. */
  readonly form: URLSearchParams;
  /** As it came. */
  readonly body: string;
}

/** What happens to a request: an answer, no answer for as long as the client waits, or a reset connection. */
export type HttpAnswer =
  | { status: number; headers?: Record<string, string>; body: string | Buffer }
  | 'silence'
  | 'reset';

/** Answers a request, perhaps later, or leaves it to the next handler with null. */
export type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer> | null;

export interface HttpServer {
  readonly port: number;
  /** Closes at once, open connections too. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1_000_000;

/** Longer than clients keep a connection, so that none sends a request into a connection that is just being closed. */
const KEEP_ALIVE_MS = 600_000;

export function json(status: number, value: unknown, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** The body as a JSON object, or null where it is none. */
export function jsonObject({ body }: HttpRequest): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the client has found this server, for the absolute links in answers. */
export function originOf({ headers }: HttpRequest): string {
  return `http://${headers.host ?? 'localhost'}`;
}

/** Listens on `port` (0 for a free one) and asks the handlers in turn. */
export async function startHttpServer(host: string, port: number, handlers: HttpHandler[]): Promise<HttpServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    answer(request, handlers).then(
      (result) => perform(result, response),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @throws {Error} when the client goes away while it sends its body */
async function answer(request: IncomingMessage, handlers: HttpHandler[]): Promise<HttpAnswer> {
  const url = URL.parse(request.url ?? '', 'http://sandbox');
  if (url === null) return json(400, { message: 'The path is not valid.' });
  const body = await readBody(request);
  if (body === null) return json(413, { message: 'The body is too large.' }, { connection: 'close' });
  const parsed: HttpRequest = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    form: new URLSearchParams(body),
    body,
  };
  for (const handler of handlers) {
    const result = handler(parsed);
    if (result !== null) return await result;
  }
  return json(404, { message: 'There is nothing here.' });
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function perform(answer: HttpAnswer, response: ServerResponse): void {
  if (answer === 'silence') return;
  if (answer === 'reset') response.socket?.resetAndDestroy();
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}
