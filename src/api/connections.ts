import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError, problem } from './problem.ts';

/** How long connections may last, in milliseconds. */
export interface ConnectionLimits {
  /** From the first byte of a request to the last one of its body. */
  readonly request: number;
  /** From the first byte of a request, or from the start of the connection, to the end of the header. */
  readonly headers: number;
  /** Between two requests on one connection; longer than the minute after which load balancers let go of one. */
  readonly keepAlive: number;
  /** Of silence while an answer is made or read. */
  readonly silence: number;
  /** How often the first two are looked at. */
  readonly checkEvery: number;
  /** That requests under way have when the service stops. */
  readonly shutdown: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  request: 60_000,
  headers: 20_000,
  keepAlive: 65_000,
  silence: 120_000,
  checkEvery: 5_000,
  shutdown: 10_000,
};

/** What makes every connection end, and answers with a problem what Node.js itself would answer without one. */
export function guardConnections(limits: ConnectionLimits) {
  /** Of requests that were answered before all of their body had come; a second answer would be taken for another's. */
  const answeredEarly = new WeakSet<Socket>();
  return {
    options: {
      requestTimeout: limits.request,
      connectionTimeout: limits.silence,
      keepAliveTimeout: limits.keepAlive,
      // A request that comes while the service stops is answered like any other, and its connection is closed.
      return503OnClosing: false,
      http: {
        headersTimeout: limits.headers,
        connectionsCheckingInterval: limits.checkEvery,
        // Node.js would refuse a request without it in a form of its own.
        requireHostHeader: false,
      },
      clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => {
        if (answeredEarly.has(socket)) socket.destroy();
        else answerBrokenRequest(error, socket);
      },
    },
    guard(app: FastifyInstance): void {
      app.server.on('checkExpectation', refuseExpectation);
      app.server.on('connect', (_request: IncomingMessage, socket: Socket) => {
        answerOnSocket(socket, { status: 405, code: 'method_not_allowed', detail: 'This service is no proxy.' });
      });
      app.addHook('onRequest', refuseWithoutHost);
      app.addHook('onResponse', async ({ raw }) => {
        if (raw.complete === false) answeredEarly.add(raw.socket);
      });
      closeInTime(app, limits.shutdown);
    },
  };
}

async function refuseWithoutHost({ raw }: FastifyRequest): Promise<void> {
  if (raw.httpVersion !== '1.1' || raw.headers.host !== undefined) return;
  throw new ApiError(400, 'host_missing', 'A request of HTTP/1.1 needs the header Host.');
}

/** Ends what is still under way after a while, when the service stops. */
function closeInTime(app: FastifyInstance, milliseconds: number): void {
  let timer: NodeJS.Timeout | null = null;
  app.addHook('preClose', async () => {
    timer = setTimeout(() => app.server.closeAllConnections(), milliseconds);
  });
  app.addHook('onClose', async () => {
    if (timer !== null) clearTimeout(timer);
  });
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const MALFORMED: Refusal = { status: 400, code: 'malformed_request', detail: 'This is not a request of HTTP/1.1.' };

/** By the codes of Node.js and of its parser. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    ...{ status: 431, code: 'header_too_large' },
    detail: 'The request line and the header have at most 16 KB together.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    ...{ status: 413, code: 'content_too_large' },
    detail: 'The chunks of the body have too long extensions.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    ...{ status: 408, code: 'request_timeout' },
    detail: 'The request did not arrive in time; send it again.',
  },
};

/** A client that hangs up is nobody's fault, and nobody is there to be answered. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswered(socket)) {
    socket.destroy();
    return;
  }
  answerOnSocket(socket, REFUSALS[error.code ?? ''] ?? MALFORMED);
}

/** Whether an answer is under way on a connection, into which no other one may be written. */
function isAnswered(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}

function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const text = JSON.stringify(problem(417, 'expectation_failed', 'Only 100-continue can be expected.'));
  response.writeHead(417, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text);
}

function answerOnSocket(socket: Socket, { status, code, detail }: Refusal): void {
  const body = problem(status, code, detail);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${body.title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}
