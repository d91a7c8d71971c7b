import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface RecordedRequest {
  readonly method: string;
  readonly url: URL;
  /** Empty where the body is none. */
  readonly form: URLSearchParams;
  /** Undefined where the body is none. */
  readonly json?: unknown;
}

/** A stand-in that gives the same answer to every request and keeps them all; it ends with its test. */
export async function recordRequests(
  answer: object,
  status = 201,
): Promise<{ baseUrl: string; requests: RecordedRequest[] }> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const isJson = request.headers['content-type']?.startsWith('application/json') === true && body !== '';
    requests.push({
      method: request.method ?? '',
      url: new URL(request.url ?? '', 'http://127.0.0.1'),
      form: new URLSearchParams(isJson ? '' : body),
      ...(isJson && { json: JSON.parse(body) }),
    });
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
