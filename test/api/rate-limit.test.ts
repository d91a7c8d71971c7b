import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL } from './bodies.ts';

const LIMIT = 3;
let service: Service;

beforeAll(async () => {
  service = await startService({ requestLimits: { key: LIMIT, anonymous: LIMIT } });
});
afterAll(() => service.close());

const useUp = async (key: string | null, url = '/api/messages/') => {
  for (let count = 0; count < LIMIT; count += 1) await service.request('GET', url, { key });
};

test('one request more than allowed is refused, and the answer says when to try again', async () => {
  const key = await service.key(['messages:read']);
  await useUp(key);
  const { status, headers, json } = await service.request('GET', '/api/messages/', { key });
  expect([status, json.code, headers['content-type']]).toEqual([
    ...[429, 'rate_limited', expect.stringContaining('application/problem+json')],
  ]);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
});

test('every answer says how much is left', async () => {
  const key = await service.key(['messages:read']);
  const { headers } = await service.request('GET', '/api/messages/', { key });
  const { 'ratelimit-limit': limit, 'ratelimit-remaining': remaining, 'ratelimit-reset': reset } = headers;
  expect([limit, remaining, Number(reset) > 0].map(String)).toEqual([String(LIMIT), String(LIMIT - 1), 'true']);
});

test('one key does not use up what is left of another', async () => {
  const [one, other] = [await service.key(['messages:read']), await service.key(['messages:read'])];
  await useUp(one);
  expect((await service.request('GET', '/api/messages/', { key: other })).status).toBe(200);
});

test('a message that is refused for the limit is not stored', async () => {
  const key = await service.key(['messages:read', 'messages:send']);
  await useUp(key);
  const { status } = await service.send(EMAIL, { key });
  const messages = await service.db.selectFrom('messages').select('id').execute();
  expect([status, messages]).toEqual([429, []]);
});

test('guessing keys is limited for each address', async () => {
  const guess = () => service.request('GET', '/api/messages/', { key: `kmsg_${'x'.repeat(43)}` });
  const answers: Awaited<ReturnType<typeof guess>>[] = [];
  for (let count = 0; count <= LIMIT; count += 1) answers.push(await guess());
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
});

test('asking for the health of the service is not limited', async () => {
  await useUp(null, '/api/health/live/');
  expect((await service.request('GET', '/api/health/live/', { key: null })).status).toBe(200);
});

describe('routes without a key', () => {
  let open: Service;

  beforeAll(async () => {
    open = await startService({ requestLimits: { webhook: 2, link: 3, anonymous: 4 }, trustProxy: 1 });
  });
  afterAll(() => open.close());

  /** How many of eight requests from one address are not refused for their number. */
  const served = async (address: string, method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}) => {
    let count = 0;
    for (let asked = 0; asked < 8; asked += 1) {
      const { statusCode } = await open.app.inject({
        ...{ method, url, headers: { 'x-forwarded-for': address, ...headers } },
      });
      if (statusCode !== 429) count += 1;
    }
    return count;
  };

  test.each([
    ['POST', '/api/webhooks/twilio/status/', 2],
    ['POST', '/api/webhooks/twilio/inbound/', 2],
    ['POST', '/api/webhooks/email/bounce/', 2],
    ['GET', '/u/token', 3],
    ['POST', '/u/token', 3],
    ['GET', '/t/o/token', 3],
    ['GET', '/t/c/token', 3],
    ['GET', '/a/token', 3],
    ['POST', '/a/token', 3],
    ['GET', '/api/openapi.json', 4],
    ['GET', '/api/docs/', 4],
  ] as const)('have a limit of their own for each address: %s %s', async (method, url, limit) => {
    const outcome = [await served('192.0.2.1', method, url), await served('192.0.2.2', method, url)];
    expect(outcome).toEqual([limit, limit]);
  });

  test('a wrong key, a missing one and an unknown path count together', async () => {
    const address = '192.0.2.3';
    const wrong = await served(address, 'GET', '/api/messages/', { authorization: 'Bearer kmsg_wrong' });
    const missing = await served(address, 'GET', '/api/templates/');
    const unknown = await served(address, 'GET', '/api/nothing/');
    expect({ wrong, missing, unknown }).toEqual({ wrong: 4, missing: 0, unknown: 0 });
  });

  test('wrong keys take nothing from a real key of the same address', async () => {
    const address = '192.0.2.4';
    await served(address, 'GET', '/api/messages/', { authorization: 'Bearer kmsg_wrong' });
    const authorization = `Bearer ${await open.key(['messages:read'])}`;
    expect(await served(address, 'GET', '/api/messages/', { authorization })).toBe(8);
  });

  test('the addresses of one network of IPv6 count as one', async () => {
    const outcome = [
      await served('2001:db8:1:2::1', 'GET', '/api/openapi.json'),
      await served('2001:db8:1:2:ffff::2', 'GET', '/api/openapi.json'),
      await served('2001:db8:1:3::1', 'GET', '/api/openapi.json'),
    ];
    expect(outcome).toEqual([4, 0, 4]);
  });

  test('what stands before the address that the proxy has seen is not believed', async () => {
    await served('192.0.2.5', 'GET', '/api/openapi.json');
    expect(await served('198.51.100.7, 192.0.2.5', 'GET', '/api/openapi.json')).toBe(0);
  });

  test('without a trusted proxy nobody chooses an address', async () => {
    const headers = (address: string) => ({ 'x-forwarded-for': address });
    await service.app.inject({ method: 'GET', url: '/api/openapi.json', headers: headers('192.0.2.6') });
    const { headers: answered } = await service.app.inject({
      ...{ method: 'GET', url: '/api/openapi.json', headers: headers('192.0.2.7') },
    });
    expect(answered['ratelimit-remaining']).toBe(String(LIMIT - 2));
  });
});
