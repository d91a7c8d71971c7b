import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, NO_ID } from './bodies.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test.each(['/api/messages', '/api/templates', '/api/recipients', '/api/keys', '/api/health', '/api/health/live'])(
  '%s answers without a slash at its end as with one',
  async (path) => {
    const answers = [await service.request('GET', path), await service.request('GET', `${path}/`)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  },
);

test('a message is sent, read and cancelled without a slash at the end', async () => {
  const { json } = await service.request('POST', '/api/messages', { body: EMAIL });
  const read = await service.request('GET', `/api/messages/${json.id}`);
  const cancelled = await service.request('POST', `/api/messages/${json.id}/cancel`);
  expect([read.status, cancelled.status]).toEqual([200, 202]);
});

test('a filter works without a slash before it', async () => {
  expect((await service.request('GET', '/api/messages?status=sent')).status).toBe(200);
});

test.each(['/api/nothing/', '/api/messages/a/b/c/', '/apis/messages/', '/.env'])(
  '%s is a 404 that is a problem',
  async (path) => {
    const { status, headers, json } = await service.request('GET', path);
    expect([status, json.code, headers['content-type']]).toEqual([
      ...[404, 'not_found', expect.stringContaining('application/problem+json')],
    ]);
  },
);

describe('a method that a path does not have is a 405 that names those it has:', () => {
  test.each([
    ['DELETE', '/api/messages/', 'GET, HEAD, OPTIONS, POST'],
    ['PUT', '/api/messages', 'GET, HEAD, OPTIONS, POST'],
    ['POST', `/api/messages/${NO_ID}/?a=b`, 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['GET', '/api/webhooks/twilio/status/', 'OPTIONS, POST'],
    ['DELETE', '/api/openapi.json', 'GET, HEAD, OPTIONS'],
    ['PUT', '/u/token', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/metrics', 'GET, HEAD, OPTIONS'],
  ] as const)('%s %s', async (method, url, allow) => {
    const { status, json, headers } = await service.request(method, url, { key: null });
    expect({ status, code: json.code, allow: headers['allow'] }).toEqual({
      ...{ status: 405, code: 'method_not_allowed', allow },
    });
  });

  test('its body is not read', async () => {
    const raw = 'x'.repeat(1_000_000);
    const headers = { 'content-type': 'application/x-unknown' };
    expect((await service.request('DELETE', '/api/messages/', { raw, headers })).status).toBe(405);
  });
});

test.each([
  ['/api/messages/', 'GET, HEAD, OPTIONS, POST'],
  ['/api/docs/', 'GET, HEAD, OPTIONS'],
])('OPTIONS of %s says which methods there are', async (url, allow) => {
  const { statusCode, headers, body } = await service.app.inject({ method: 'OPTIONS', url });
  expect({ statusCode, allow: headers.allow, body }).toEqual({ statusCode: 204, allow, body: '' });
});

test.each(['/api/nothing/', '/.env'])('OPTIONS of %s is a 404', async (url) => {
  expect((await service.app.inject({ method: 'OPTIONS', url })).statusCode).toBe(404);
});

test('HEAD is answered like GET, without a body', async () => {
  const { statusCode, body } = await service.app.inject({ method: 'HEAD', url: '/api/health/live/' });
  expect({ statusCode, body }).toEqual({ statusCode: 200, body: '' });
});

test('the process says that it lives', async () => {
  const { status, json } = await service.request('GET', '/api/health/live/', { key: null });
  expect([status, json]).toEqual([200, { status: 'ok' }]);
});

test('the service says that it is ready', async () => {
  const { status, json } = await service.request('GET', '/api/health/ready/', { key: null });
  expect([status, json]).toEqual([200, { status: 'ok' }]);
});

test('health tells the state of every part', async () => {
  const { json } = await service.request('GET', '/api/health/');
  expect(json).toMatchObject({ database: { state: 'up' }, temporal: { state: 'up' } });
});

test('health counts the messages that are not started', async () => {
  const id = await service.sent(EMAIL);
  await expect
    .poll(async () => (await service.request('GET', '/api/health/')).json.undispatched, { interval: 20 })
    .toBe(0);
  await service.db.updateTable('messages').set({ dispatched_at: null }).where('id', '=', id).execute();
  expect((await service.request('GET', '/api/health/')).json.undispatched).toBe(1);
});

test('metrics count what was accepted by channel, and name nobody', async () => {
  await service.sent(EMAIL);
  const { text, headers } = await service.request('GET', '/metrics');
  expect([headers['content-type'], text]).toEqual([
    expect.stringContaining('text/plain'),
    expect.stringMatching(/messages_accepted_total\{channel="email"\} \d+/),
  ]);
  expect(text).not.toContain('ada');
});
