import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPrivateAddress } from '../../src/channels/private-addresses.ts';
import { checkMedia } from '../../src/channels/whatsapp-media.ts';

let server: Server;
let url: string;
let seen: string[] = [];

const answer: RequestListener = (request, response) => {
  seen.push(`${request.method} ${request.url}`);
  const query = new URL(request.url ?? '', 'http://x').searchParams;
  const [to, type, length] = [query.get('to'), query.get('type'), query.get('length')];
  const refused = request.method === 'HEAD' ? query.get('head') : null;
  if (refused !== null) return void response.writeHead(Number(refused)).end();
  const location = query.has('circle') ? (request.url ?? '') : to;
  response.writeHead(location === null ? Number(query.get('status') ?? 200) : 302, {
    ...(location !== null && { location }),
    ...(type !== null && { 'content-type': type }),
    ...(length !== null && { 'content-length': length }),
    ...(query.has('range') && { 'content-range': query.get('range') as string }),
  });
  response.end();
};

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
});
afterAll(() => server.close());

const check = (query: string) => checkMedia(`${url}?${query}`, true);

test.each([
  ['a picture', 'type=image/jpeg&length=4000000'],
  ['a document', 'type=application/pdf&length=15000000'],
  ['a type with more to say', 'type=image/png;%20charset=binary&length=10'],
  ['a file that does not tell its size', 'type=video/mp4'],
])('%s is taken', async (_, query) => {
  await expect(check(query)).resolves.toBeUndefined();
});

test.each([
  ['a web page', 'type=text/html', 'media_type_not_allowed'],
  ['a picture of a kind that WhatsApp does not show', 'type=image/svg%2Bxml', 'media_type_not_allowed'],
  ['a file that says nothing of its type', 'length=10', 'media_type_not_allowed'],
  ['a picture of more than 5 MB', 'type=image/png&length=5000001', 'media_too_large'],
  ['a film of more than 16 MB', 'type=video/mp4&length=16000001', 'media_too_large'],
  ['nothing', 'status=404', 'media_missing'],
])('%s is refused', async (_, query, code) => {
  await expect(check(query)).rejects.toMatchObject({ kind: 'rejected', code });
});

test.each([
  ['a server in trouble', 'status=503'],
  ['a server that lets nobody look', 'status=405'],
])('%s says nothing against a file', async (_, query) => {
  await expect(check(query)).resolves.toBeUndefined();
});

test.each(['403', '405', '501'])('a server that answers HEAD with %s is asked for the file itself', async (status) => {
  await expect(check(`head=${status}&type=image/png&length=5000001`)).rejects.toMatchObject({
    code: 'media_too_large',
  });
});

test('the size of a file of which only a part is asked for is that of the whole', async () => {
  const range = encodeURIComponent('bytes 0-0/16000001');
  const query = `head=405&status=206&type=video/mp4&length=1&range=${range}`;
  await expect(check(query)).rejects.toMatchObject({ code: 'media_too_large' });
});

test('a server that cannot be reached says nothing against a file', async () => {
  await expect(checkMedia('https://no-such-host.invalid/a.png', false)).resolves.toBeUndefined();
});

test('redirects are followed to what is sent in the end', async () => {
  await expect(check(`to=${encodeURIComponent(`${url}?type=text/html`)}`)).rejects.toMatchObject({
    code: 'media_type_not_allowed',
  });
});

test('a circle of redirects is left', async () => {
  seen = [];
  await check('circle');
  expect(seen.length).toBeLessThanOrEqual(4);
});

describe('a private network', () => {
  test.each(['http', 'https'])('is not asked by %s', async (scheme) => {
    seen = [];
    await checkMedia(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`, false).catch(() => undefined);
    expect(seen).toEqual([]);
  });

  test('is not asked under a name either', async () => {
    seen = [];
    await checkMedia(`https://localhost:${(server.address() as AddressInfo).port}/`, false);
    expect(seen).toEqual([]);
  });

  test.each([
    ...['127.0.0.1', '10.1.2.3', '172.20.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '::1', '::'],
    ...[
      'fd00::1',
      'fe80::1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
      '64:ff9b:1::a00:1',
      '::7f00:1',
      '2001:0:1::1',
      'fec0::1',
    ],
  ])('has %s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  test.each(['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1', '::ffff:93.184.216.34', 'example.com'])(
    'has not %s',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});
