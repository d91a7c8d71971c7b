import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Service, startService } from '../support/service.ts';
import { NO_ID } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const makeKey = async (body: object = {}) =>
  await service.request('POST', '/api/keys/', { body: { name: 'shop', scopes: ['messages:read'], ...body } });
const statusWith = async (key: string) => (await service.request('GET', '/api/messages/', { key })).status;

test('a new key works at once', async () => {
  const { status, json } = await makeKey();
  expect([status, await statusWith(json.secret)]).toEqual([201, 200]);
});

test('a secret is shown once and never in the list', async () => {
  const { json } = await makeKey();
  const { text } = await service.request('GET', '/api/keys/');
  expect([text.includes(json.id), text.includes(json.secret)]).toEqual([true, false]);
});

test('no table holds a secret', async () => {
  const { json } = await makeKey();
  const rows = await service.db.selectFrom('api_keys').selectAll().where('id', '=', json.id).execute();
  expect(JSON.stringify(rows)).not.toContain(json.secret);
});

test('a rotated key works with its new secret only', async () => {
  const { json: old } = await makeKey();
  const { status, json } = await service.request('POST', `/api/keys/${old.id}/rotate/`);
  expect([status, await statusWith(json.secret), await statusWith(old.secret)]).toEqual([200, 200, 401]);
});

test('a revoked key is refused from then on and stays in the list', async () => {
  const { json } = await makeKey();
  const { status } = await service.request('DELETE', `/api/keys/${json.id}/`);
  const { json: list } = await service.request('GET', '/api/keys/');
  const listed = list.results.find(({ id }: { id: string }) => id === json.id);
  expect([status, await statusWith(json.secret), listed.revoked_at]).toEqual([204, 401, expect.any(String)]);
});

test('a revoked key can be neither rotated nor revoked again', async () => {
  const { json } = await makeKey();
  await service.request('DELETE', `/api/keys/${json.id}/`);
  const rotated = await service.request('POST', `/api/keys/${json.id}/rotate/`);
  const revoked = await service.request('DELETE', `/api/keys/${json.id}/`);
  expect([rotated.status, revoked.status]).toEqual([404, 404]);
});

test.each(['rotate/', ''])('a key that does not exist is a 404 at %j', async (path) => {
  const { status } = await service.request(path === '' ? 'DELETE' : 'POST', `/api/keys/${NO_ID}/${path}`);
  expect(status).toBe(404);
});

test('scopes that come twice are kept once', async () => {
  const { json } = await makeKey({ scopes: ['messages:read', 'messages:read'] });
  expect(json.scopes).toEqual(['messages:read']);
});

test('when a key was last used is kept', async () => {
  const { json } = await makeKey();
  await statusWith(json.secret);
  const { json: list } = await service.request('GET', '/api/keys/');
  const listed = list.results.find(({ id }: { id: string }) => id === json.id);
  expect(listed.last_used_at).toEqual(expect.any(String));
});

test('making, rotating and revoking a key is in the audit log', async () => {
  const { json } = await makeKey();
  await service.request('POST', `/api/keys/${json.id}/rotate/`);
  await service.request('DELETE', `/api/keys/${json.id}/`);
  const query = service.db.selectFrom('audit_log').select('action').where('resource_id', '=', json.id).orderBy('id');
  const actions = (await query.execute()).map(({ action }) => action);
  expect(actions).toEqual(['key.created', 'key.rotated', 'key.revoked']);
});

test.each([
  ['no scopes', { scopes: [] }, '/scopes too_few'],
  ['an unknown scope', { scopes: ['everything'] }, '/scopes/0 unknown_value'],
  ['an empty name', { name: '' }, '/name too_short'],
  ['a name that is too long', { name: 'x'.repeat(101) }, '/name too_long'],
  ['an expiry that is no time', { expires_at: 'tomorrow' }, '/expires_at invalid_format'],
  ['an expiry that has passed', { expires_at: '2020-01-01T00:00:00Z' }, '/expires_at in_the_past'],
  ['an unknown field', { role: 'admin' }, '/role unknown_field'],
])('a key with %s is refused', async (_what, more, fault) => {
  const body = { name: 'shop', scopes: ['messages:read'], ...more };
  expect(await refusal(service, 'POST', '/api/keys/', { body })).toEqual(badRequest(fault));
});

describe('a key that may manage keys, and not much more', () => {
  const LATER = '2030-01-01T00:00:00.000Z';
  const weak = async (expiresAt?: Date) => await service.key(['keys:manage', 'messages:read'], expiresAt);
  const answerOf = ({ status, json }: Answer) => ({
    ...{ status, code: json?.code, faults: (json?.errors ?? []).map(({ pointer }: { pointer: string }) => pointer) },
  });
  const make = async (key: string, body: object) =>
    await service.request('POST', '/api/keys/', { key, body: { name: 'shop', ...body } });

  test.each([
    [['messages:send'], ['/scopes/0']],
    [
      ['messages:read', 'recipients:write', 'keys:manage', 'audit:read'],
      ['/scopes/1', '/scopes/3'],
    ],
  ])('hands out no scope that it lacks: %j', async (scopes, faults) => {
    const answer = await make(await weak(), { scopes });
    expect(answerOf(answer)).toEqual({ status: 403, code: 'missing_scope', faults });
  });

  test('hands out what it has', async () => {
    const { status, json } = await make(await weak(), { scopes: ['messages:read', 'keys:manage'] });
    expect({ status, works: await statusWith(json.secret) }).toEqual({ status: 201, works: 200 });
  });

  test.each([
    ['never expires', {}],
    ['never expires, and says so', { expires_at: null }],
    ['expires later', { expires_at: '2031-01-01T00:00:00Z' }],
  ])('makes no key that outlasts its own: one that %s', async (_what, more) => {
    const answer = await make(await weak(new Date(LATER)), { scopes: ['messages:read'], ...more });
    expect(answerOf(answer)).toEqual({ status: 403, code: 'missing_scope', faults: ['/expires_at'] });
  });

  test('makes a key that expires with its own', async () => {
    const { status } = await make(await weak(new Date(LATER)), { scopes: ['messages:read'], expires_at: LATER });
    expect(status).toBe(201);
  });

  test.each([
    ['rotates', 'POST', 'rotate/'],
    ['revokes', 'DELETE', ''],
  ] as const)('%s no key that may do more', async (_what, method, path) => {
    const { json: strong } = await makeKey({ scopes: ['messages:read', 'messages:send'] });
    const answer = await service.request(method, `/api/keys/${strong.id}/${path}`, { key: await weak() });
    expect(answerOf(answer)).toMatchObject({ status: 403, code: 'missing_scope' });
    expect(await statusWith(strong.secret)).toBe(200);
  });

  test('rotates no key that outlasts its own', async () => {
    const { json: lasting } = await makeKey();
    const key = await weak(new Date(LATER));
    const answer = await service.request('POST', `/api/keys/${lasting.id}/rotate/`, { key });
    expect(answerOf(answer)).toMatchObject({ status: 403, code: 'missing_scope' });
  });

  test('rotates and revokes a key that may do as much, also its own', async () => {
    const key = await weak();
    const { json } = await make(key, { scopes: ['messages:read', 'keys:manage'] });
    const { status, json: rotated } = await service.request('POST', `/api/keys/${json.id}/rotate/`, { key });
    const own = await service.request('DELETE', `/api/keys/${json.id}/`, { key: rotated.secret });
    expect({ rotated: status, own: own.status }).toEqual({ rotated: 200, own: 204 });
  });

  test('leaves nothing behind when it is refused', async () => {
    const body = { name: 'shop', scopes: ['messages:send'] };
    const { written } = await refusal(service, 'POST', '/api/keys/', { key: await weak(), body });
    expect(written).toEqual([]);
  });
});
