import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const MESSAGE = { recipient: { email: 'ada@example.com' }, channel: 'email', content: 'Hello', subject: 'Hello' };
const UNKNOWN = [{ pointer: '/retention', code: 'unknown_retention' }];

async function saveTemplate(name: string, more: object = {}): Promise<string> {
  const body = { name, channel: 'email', content: 'Hello', subject: 'Hello', ...more };
  return (await service.request('POST', '/api/templates/', { body })).json.id;
}

async function retentionOf(more: object): Promise<string> {
  const { content, subject, ...person } = MESSAGE;
  const id = await service.sent('template_id' in more ? { ...person, ...more } : { ...MESSAGE, ...more });
  return (await service.request('GET', `/api/messages/${id}/`)).json.retention;
}

test('a message is kept as the standard has it where nobody says', async () => {
  expect(await retentionOf({})).toBe('standard');
});

test('a message names its own class', async () => {
  expect(await retentionOf({ retention: 'short' })).toBe('short');
});

test('a message is kept as its template has it', async () => {
  await saveTemplate('kept-long', { retention: 'long' });
  expect(await retentionOf({ template_id: 'kept-long' })).toBe('long');
});

test('the class of a message counts more than that of its template', async () => {
  await saveTemplate('kept-longer', { retention: 'long' });
  expect(await retentionOf({ template_id: 'kept-longer', retention: 'short' })).toBe('short');
});

test('a message of an unknown class is refused', async () => {
  const { status, json } = await service.send({ ...MESSAGE, retention: 'for-ever' });
  expect([status, json.errors]).toMatchObject([400, UNKNOWN]);
});

test('a template of an unknown class is refused', async () => {
  const body = { name: 'unknown', channel: 'email', content: 'Hello', retention: 'for-ever' };
  const { status, json } = await service.request('POST', '/api/templates/', { body });
  expect([status, json.errors]).toMatchObject([400, UNKNOWN]);
});

test('the class of a template changes without a new version', async () => {
  const id = await saveTemplate('changing');
  const body = { name: 'changing', content: 'Hello', subject: 'Hello', retention: 'short' };
  const { json } = await service.request('PUT', `/api/templates/${id}/`, { body });
  expect(json).toMatchObject({ retention: 'short', version: 1 });
});

test('restoring a version of a template leaves its class as it is', async () => {
  const id = await saveTemplate('restored', { retention: 'long' });
  const body = { name: 'restored', content: 'Goodbye', subject: 'Hello', retention: 'short' };
  await service.request('PUT', `/api/templates/${id}/`, { body });
  await service.request('POST', `/api/templates/${id}/versions/1/restore/`, { body: {} });
  expect((await service.request('GET', `/api/templates/${id}/`)).json).toMatchObject({
    retention: 'short',
    version: 3,
  });
});
