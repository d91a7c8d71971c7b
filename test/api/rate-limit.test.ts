import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL } from './bodies.ts';

const LIMIT = 3;
let service: Service;

beforeAll(async () => {
  service = await startService({ rateLimitPerMinute: LIMIT });
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
