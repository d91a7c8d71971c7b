import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkPublicUrl } from '../../src/channels/public-url-setup.ts';

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** An address at which something answers so. */
async function answering(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

test('an address of this machine is only good for a sandbox', async () => {
  const url = await answering((_request, response) => response.end('{"status":"ok"}'));
  expect(await checkPublicUrl(url)).toMatchObject({ name: 'webhooks', state: 'warning' });
});

test('the API is asked below the path of the address', async () => {
  const paths: string[] = [];
  const url = await answering((request, response) => {
    paths.push(request.url ?? '');
    response.end();
  });
  await checkPublicUrl(`${url}/messaging`);
  expect(paths).toEqual(['/messaging/api/health/live/']);
});

test.each([
  ['a page of something else', 404],
  ['a redirect, which a webhook does not survive', 301],
])('an address with %s is wrong', async (_, status) => {
  const url = await answering((_request, response) => response.writeHead(status, { location: '/' }).end());
  expect(await checkPublicUrl(url)).toMatchObject({
    state: 'wrong',
    sentence: expect.stringContaining(String(status)),
  });
});

test('an address where nothing answers is wrong', async () => {
  const url = await answering(() => undefined);
  server?.close();
  server?.closeAllConnections();
  expect(await checkPublicUrl(url)).toMatchObject({ state: 'wrong', sentence: expect.stringContaining('PUBLIC_URL') });
});
