import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { symbols } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Service, startService } from '../support/service.ts';

/** Much shorter than those of a real service; the tests wait for what they bring about. */
const LIMITS = { request: 400, headers: 300, keepAlive: 300, silence: 60_000, checkEvery: 50, shutdown: 300 };

let service: Service;
let port: number;

beforeAll(async () => {
  service = await startService({ connections: LIMITS });
  port = await listen(service);
});
afterAll(() => service.close());

async function listen({ app }: Service): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

async function open(written: string, to = port): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: to });
  // The server may hang up while something is still on its way to it.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(written);
  return socket;
}

/** Everything that comes before the server hangs up, which it has to do by itself. */
async function answerTo(written: string): Promise<{ status: number; type: string; code: string }> {
  const answer = await text(await open(written));
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(head) ?? [];
  const [, type = ''] = /^content-type: ([^\s;]+)/im.exec(head) ?? [];
  return { status: Number(status), type, code: JSON.parse(body).code };
}

const problem = (status: number, code: string) => ({ status, type: 'application/problem+json', code });
const HOST = 'Host: localhost\r\n';
const FORM = `POST /api/webhooks/twilio/status/ HTTP/1.1\r\n${HOST}Content-Type: application/x-www-form-urlencoded\r\n`;
const POST = `POST /api/messages/ HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;

describe('a request that does not end is ended:', () => {
  test.each([
    ['one byte of a form of a thousand', `${FORM}Content-Length: 1000\r\n\r\na`],
    ['a form of chunks without the last one', `${FORM}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`],
    ['half a header', `GET /api/health/live/ HTTP/1.1\r\n${HOST}X-Half: `],
    ['half a request line', 'GET /api/hea'],
    ['nothing at all', ''],
  ])('%s', async (_what, written) => {
    expect(await answerTo(written)).toEqual(problem(408, 'request_timeout'));
  });

  test('one byte of a message of a thousand', async () => {
    const authorization = `Authorization: Bearer ${await service.key(['messages:send'])}\r\n`;
    const written = `${POST}${authorization}Content-Length: 1000\r\n\r\n{`;
    expect(await answerTo(written)).toEqual(problem(408, 'request_timeout'));
  });

  test('a body that nobody reads, because the key is missing', async () => {
    const written = `${POST}Content-Length: 1000\r\n\r\n{`;
    expect(await answerTo(written)).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  test('a header that drips, one letter after the other', async () => {
    const socket = await open(`GET / HTTP/1.1\r\n${HOST}X-Slow: `);
    const drip = setInterval(() => socket.write('x'), 20);
    expect(await text(socket)).toContain('request_timeout');
    clearInterval(drip);
  });

  test('a connection on which nothing comes after the first answer', async () => {
    const answer = await text(await open(`GET /api/health/live/ HTTP/1.1\r\n${HOST}\r\n`));
    expect(answer).toContain('200 OK');
  });
});

describe('what is no request is answered with a problem:', () => {
  test.each([
    ['words', 'hello\r\n\r\n', 400, 'malformed_request'],
    ['a method that does not exist', `FETCH / HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400, 'malformed_request'],
    ['a header field without a name', `GET / HTTP/1.1\r\n: x\r\n\r\n`, 400, 'malformed_request'],
    ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`, 400, 'malformed_request'],
    ['a length and chunks', `${POST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400, 'malformed_request'],
    ['a header of 20 KB', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'header_too_large'],
    ['a path of 20 KB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'header_too_large'],
    ['no Host', 'GET /api/health/live/ HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'host_missing'],
    ['an expectation', `${POST}Expect: a miracle\r\nContent-Length: 2\r\n\r\n`, 417, 'expectation_failed'],
    ['a tunnel', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`, 405, 'method_not_allowed'],
  ])('%s', async (_what, written, status, code) => {
    expect(await answerTo(written)).toEqual(problem(status, code));
  });
});

test('a client that hangs up is no error in the log', async () => {
  const { log } = service.context.telemetry;
  const stream = (log as unknown as Record<symbol, { write(line: string): void }>)[symbols.streamSym];
  if (stream === undefined) throw new Error('The log has no stream.');
  const written = vi.spyOn(stream, 'write').mockImplementation(() => undefined);
  log.level = 'warn';
  const key = await service.key(['messages:read', 'messages:send']);
  const authorization = `Authorization: Bearer ${key}\r\n`;
  for (const request of [
    `${POST}${authorization}Content-Length: 1000\r\n\r\n{"a"`,
    `GET /api/messages/ HTTP/1.1\r\n${HOST}${authorization}\r\n`,
    `GET /api/messages/ HTTP/1.1\r\n${HOST}`,
  ]) {
    const socket = await open(request);
    const ended = once(socket, 'close');
    socket.resetAndDestroy();
    await ended;
  }
  await vi.waitFor(async () => {
    const count = await new Promise<number>((resolve, reject) =>
      service.app.server.getConnections((error, open) => (error === null ? resolve(open) : reject(error))),
    );
    expect(count).toBe(0);
  });
  log.level = 'silent';
  expect(written).not.toHaveBeenCalled();
  written.mockRestore();
});

test('the service stops although somebody is still sending a request', async () => {
  const other = await startService({ connections: { ...LIMITS, request: 60_000, headers: 60_000 } });
  const socket = await open(`${POST}Content-Length: 1000\r\n\r\n{`, await listen(other));
  await vi.waitFor(() => expect(other.app.server.listening).toBe(true));
  const isEnded = once(socket.resume(), 'close');
  await other.close();
  await isEnded;
});
