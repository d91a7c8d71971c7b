import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES, type Scope } from '../../src/service/api-keys.ts';
import { type Service, startService } from '../support/service.ts';
import { NO_ID } from './bodies.ts';

type Route = ['GET' | 'POST' | 'PUT' | 'DELETE', string, Scope];

const ROUTES: Route[] = [
  ['GET', '/api/messages/', 'messages:read'],
  ['POST', '/api/messages/', 'messages:send'],
  ['POST', '/api/messages/batch/', 'messages:send'],
  ['GET', '/api/batches/', 'messages:read'],
  ['GET', '/api/batches/{id}/', 'messages:read'],
  ['POST', '/api/batches/{id}/cancel/', 'messages:manage'],
  ['POST', '/api/messages/preview/', 'messages:send'],
  ['GET', '/api/messages/{id}/', 'messages:read'],
  ['PUT', '/api/messages/{id}/', 'messages:manage'],
  ['DELETE', '/api/messages/{id}/', 'messages:manage'],
  ['POST', '/api/messages/{id}/retry/', 'messages:manage'],
  ['POST', '/api/messages/{id}/cancel/', 'messages:manage'],
  ['POST', '/api/messages/{id}/switch-channel/', 'messages:manage'],
  ['POST', '/api/messages/{id}/resolve/', 'messages:manage'],
  ['GET', '/api/messages/{id}/replies/', 'messages:read'],
  ['GET', '/api/bulk-actions/', 'messages:read'],
  ['POST', '/api/bulk-actions/', 'messages:manage'],
  ['GET', '/api/bulk-actions/{id}/', 'messages:read'],
  ['POST', '/api/bulk-actions/{id}/stop/', 'messages:manage'],
  ['GET', '/api/templates/', 'templates:read'],
  ['POST', '/api/templates/', 'templates:write'],
  ['GET', '/api/templates/{id}/', 'templates:read'],
  ['PUT', '/api/templates/{id}/', 'templates:write'],
  ['DELETE', '/api/templates/{id}/', 'templates:write'],
  ['GET', '/api/templates/{id}/versions/', 'templates:read'],
  ['GET', '/api/templates/{id}/versions/{version}/', 'templates:read'],
  ['POST', '/api/templates/{id}/versions/{version}/restore/', 'templates:write'],
  ['POST', '/api/templates/{id}/preview/', 'templates:read'],
  ['GET', '/api/templates/{id}/schema/', 'templates:read'],
  ['GET', '/api/templates/{id}/statistics/', 'templates:read'],
  ['GET', '/api/layouts/', 'templates:read'],
  ['GET', '/api/layouts/{name}/', 'templates:read'],
  ['PUT', '/api/layouts/{name}/', 'templates:write'],
  ['DELETE', '/api/layouts/{name}/', 'templates:write'],
  ['GET', '/api/recipients/', 'recipients:read'],
  ['POST', '/api/recipients/', 'recipients:write'],
  ['GET', '/api/recipients/{id}/', 'recipients:read'],
  ['PUT', '/api/recipients/{id}/', 'recipients:write'],
  ['DELETE', '/api/recipients/{id}/', 'recipients:write'],
  ['GET', '/api/suppressions/', 'recipients:read'],
  ['POST', '/api/suppressions/', 'recipients:write'],
  ['DELETE', '/api/suppressions/{id}/', 'recipients:write'],
  ['GET', '/api/audit/', 'audit:read'],
  ['GET', '/api/keys/', 'keys:manage'],
  ['POST', '/api/keys/', 'keys:manage'],
  ['POST', '/api/keys/{id}/rotate/', 'keys:manage'],
  ['DELETE', '/api/keys/{id}/', 'keys:manage'],
  ['GET', '/api/health/', 'statistics:read'],
  ['GET', '/api/statistics/', 'statistics:read'],
];
/** Asks for two scopes. */
const EXPORT = '/api/recipients/{id}/export/';
const PUBLIC = [
  ...['GET /api/health/live/', 'GET /api/health/ready/', 'POST /api/webhooks/twilio/status/'],
  ...['POST /api/webhooks/twilio/inbound/', 'POST /api/webhooks/email/bounce/'],
];

let service: Service;
let keys: Record<Scope, string>;

beforeAll(async () => {
  service = await startService();
  const entries = await Promise.all(SCOPES.map(async (scope) => [scope, await service.key([scope])] as const));
  keys = Object.fromEntries(entries) as Record<Scope, string>;
});
afterAll(() => service.close());

const ask = async ([method, path]: readonly [Route[0], string, ...unknown[]], key: string | null) => {
  const url = path.replace('{id}', NO_ID).replace('{version}', '1').replace('{name}', 'none');
  return await service.request(method, url, { key, ...(method === 'GET' ? {} : { body: {} }) });
};

test('these tests know every path of the document', () => {
  const { paths } = service.app.swagger() as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const known = [...ROUTES.map(([method, path]) => `${method} ${path}`), `GET ${EXPORT}`, ...PUBLIC];
  expect(described.sort()).toEqual(known.sort());
});

describe.each(ROUTES)('%s %s', (...route) => {
  const [, , scope] = route;

  test('asks for a key', async () => {
    const { status, headers, json } = await ask(route, null);
    expect([status, headers['www-authenticate'], json.code]).toEqual([401, 'Bearer', 'unauthenticated']);
  });

  test(`refuses a key that lacks ${scope}`, async () => {
    const others = SCOPES.filter((other) => other !== scope);
    const answers = await Promise.all(others.map((other) => ask(route, keys[other])));
    expect(answers.map(({ status, json }) => `${status} ${json.code}`)).toEqual(others.map(() => '403 missing_scope'));
  });

  test(`takes a key that has ${scope}`, async () => {
    const { status } = await ask(route, keys[scope]);
    expect([200, 201, 400, 404]).toContain(status);
  });
});

test('the export of a person asks for a key that may read both recipients and messages', async () => {
  const both = await service.key(['recipients:read', 'messages:read']);
  const tried = [null, keys['recipients:read'], keys['messages:read'], both];
  const answers = await Promise.all(tried.map((key) => ask(['GET', EXPORT], key)));
  expect(answers.map(({ status }) => status)).toEqual([401, 403, 403, 404]);
});

test('metrics ask for a key that may read statistics', async () => {
  const statuses = [null, keys['messages:read'], keys['statistics:read']].map(async (key) => {
    const { status } = await service.request('GET', '/metrics', { key });
    return status;
  });
  expect(await Promise.all(statuses)).toEqual([401, 403, 200]);
});

test.each([
  ['GET', '/api/health/live/'],
  ['GET', '/api/health/ready/'],
  ['GET', '/api/openapi.json'],
  ['GET', '/api/docs/'],
] as const)('%s %s needs no key', async (...route) => {
  expect((await ask(route, null)).status).toBe(200);
});

test.each([
  ['no scheme', (key: string) => key],
  ['another scheme', (key: string) => `Basic ${key}`],
  ['a character too many', (key: string) => `Bearer ${key}x`],
  ['another last character', (key: string) => `Bearer ${key.slice(0, -1)}${key.endsWith('A') ? 'E' : 'A'}`],
  ['two keys', (key: string) => `Bearer ${key} ${key}`],
  ['an empty key', () => 'Bearer '],
])('an Authorization header with %s is refused', async (_what, headerFor) => {
  const headers = { authorization: headerFor(keys['messages:read']) };
  expect((await service.request('GET', '/api/messages/', { key: null, headers })).status).toBe(401);
});

test('the name of the scheme may be written in any case', async () => {
  const headers = { authorization: `bearer ${keys['messages:read']}` };
  expect((await service.request('GET', '/api/messages/', { key: null, headers })).status).toBe(200);
});

test('a key that has expired is refused', async () => {
  const key = await service.key(['messages:read'], new Date(Date.now() + 60_000));
  const expired = { expires_at: new Date(Date.now() - 1) };
  await service.db.updateTable('api_keys').set(expired).where('expires_at', 'is not', null).execute();
  expect((await service.request('GET', '/api/messages/', { key })).status).toBe(401);
});

test('a key that has not expired yet is taken', async () => {
  const key = await service.key(['messages:read'], new Date(Date.now() + 60_000));
  expect((await service.request('GET', '/api/messages/', { key })).status).toBe(200);
});

test('whether a path exists is told to a caller without a key', async () => {
  expect((await service.request('GET', '/api/nothing/', { key: null })).status).toBe(404);
});
