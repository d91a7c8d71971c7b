import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
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
