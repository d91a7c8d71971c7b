import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { NO_ID, TEMPLATE } from './bodies.ts';
import { refusal } from './refusals.ts';

let service: Service;
let id: string;
let names = 0;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A template of three versions. */
beforeEach(async () => {
  names += 1;
  const body = { ...TEMPLATE, name: `template-${names}`, note: 'first words' };
  id = (await service.request('POST', '/api/templates/', { body })).json.id;
  await change({ content: 'Hi {{ name }}', note: 'shorter' });
  await change({ content: 'Hey {{ name }}', locales: { pt: { content: 'Olá {{ name }}' } } });
});

async function change(more: object) {
  const body = { ...TEMPLATE, name: `template-${names}`, ...more };
  const { status, text } = await service.request('PUT', `/api/templates/${id}/`, { body });
  if (status !== 200) throw new Error(`The template was not changed: ${text}`);
}

const versions = (query = '') => service.request('GET', `/api/templates/${id}/versions/${query}`);
const version = (number: number | string, query = '') =>
  service.request('GET', `/api/templates/${id}/versions/${number}/${query}`);
const restore = (number: number, options: { body?: unknown; headers?: Record<string, string> } = {}) =>
  service.request('POST', `/api/templates/${id}/versions/${number}/restore/`, options);
const numbers = ({ json }: { json: { results: { version: number }[] } }) => json.results.map((one) => one.version);

describe('the list of versions', () => {
  test('has the newest first, with author and note', async () => {
    const { json } = await versions();
    expect(json.results).toMatchObject([
      { version: 3, note: null, content: 'Hey {{ name }}' },
      { version: 2, note: 'shorter', content: 'Hi {{ name }}' },
      { version: 1, note: 'first words', author: expect.stringMatching(/^key:/) },
    ]);
  });

  test('can be walked page by page, there and back', async () => {
    const first = await versions('?limit=2');
    const second = await service.request('GET', first.json.next);
    const back = await service.request('GET', second.json.previous);
    expect([first, second, back].map(numbers)).toEqual([[3, 2], [1], [3, 2]]);
  });

  test('ends with its oldest version', async () => {
    const { json } = await versions();
    expect([json.next, json.previous]).toEqual([null, null]);
  });

  test.each(['x', 'b.x', 'b.0', 'c.1', 'b.1.5', `b.${NO_ID}`])('has no page %s', async (cursor) => {
    expect((await versions(`?cursor=${cursor}`)).json.errors[0].code).toBe('invalid_cursor');
  });
});

describe('a version', () => {
  test('shows everything that it fixed', async () => {
    const { json } = await version(1);
    expect(json).toMatchObject({ ...TEMPLATE_CONTENT, version: 1, note: 'first words' });
  });

  test('shows what has changed since another, field by field', async () => {
    const { json } = await version(3, '?compare_with=1');
    expect(json.changes).toEqual([
      { field: '/content', before: 'Hello {{ name }}', after: 'Hey {{ name }}' },
      { field: '/locales/pt/content', before: null, after: 'Olá {{ name }}' },
    ]);
  });

  test('shows what a change back would be', async () => {
    const { json } = await version(2, '?compare_with=3');
    expect(json.changes[1]).toEqual({ field: '/locales/pt/content', before: 'Olá {{ name }}', after: null });
  });

  test('does not differ from itself', async () => {
    expect((await version(2, '?compare_with=2')).json.changes).toEqual([]);
  });

  test('shows no changes where nobody asks for them', async () => {
    expect((await version(2)).json).not.toHaveProperty('changes');
  });

  test('that does not exist is not found', async () => {
    expect([(await version(4)).status, (await version(1, '?compare_with=4')).status]).toEqual([404, 404]);
  });

  test.each(['0', '-1', '1.5', 'x', '2147483648', '99999999999999999999'])('%s is no number of one', async (number) => {
    expect((await version(number)).status).toBe(400);
  });
});

describe('restoring a version', () => {
  test('makes a new version with its content', async () => {
    const { status, json } = await restore(1);
    expect([status, json.version, json.content, json.locales]).toEqual([200, 4, 'Hello {{ name }}', {}]);
  });

  test('says so in the note', async () => {
    await restore(1);
    expect((await version(4)).json.note).toBe('Restores version 1');
  });

  test('takes a note', async () => {
    await restore(1, { body: { note: 'too casual' } });
    expect((await version(4)).json.note).toBe('too casual');
  });

  test('keeps the name and whether the template is active', async () => {
    await change({ name: `renamed-${names}`, is_active: false });
    expect((await restore(1)).json).toMatchObject({ name: `renamed-${names}`, is_active: false });
  });

  test('makes no new version where it is current', async () => {
    const { status, json } = await restore(3);
    expect([status, json.version, numbers(await versions())]).toEqual([200, 3, [3, 2, 1]]);
  });

  test('is done once for one idempotency key', async () => {
    const headers = { 'idempotency-key': `restore-${names}` };
    const first = await restore(1, { headers });
    const second = await restore(1, { headers });
    const kept = numbers(await versions());
    expect([second.headers['idempotency-replayed'], second.json, kept]).toEqual(['true', first.json, [4, 3, 2, 1]]);
  });

  test('is on record', async () => {
    await restore(1);
    const actions = await service.db.selectFrom('audit_log').select('action').where('resource_id', '=', id).execute();
    expect(actions.map(({ action }) => action)).toContain('template.restored');
  });

  test('that does not exist is not found', async () => {
    expect((await restore(4)).status).toBe(404);
  });

  test('of an archived template is not found', async () => {
    await service.request('DELETE', `/api/templates/${id}/`);
    expect((await restore(1)).status).toBe(404);
  });

  test('whose layout is gone is a conflict that names it', async () => {
    const layout = `layout-${names}`;
    await service.request('PUT', `/api/layouts/${layout}/`, { body: { html: '{{ content }}' } });
    await change({ layout });
    await change({ layout: null });
    await service.request('DELETE', `/api/layouts/${layout}/`);
    const outcome = await refusal(service, 'POST', `/api/templates/${id}/versions/4/restore/`, {});
    expect(outcome).toEqual({ status: 409, faults: ['/layout unknown_layout'], written: [] });
  });

  test('needs the scope to write', async () => {
    const key = await service.key(['templates:read']);
    const url = `/api/templates/${id}/versions/1/restore/`;
    expect((await service.request('POST', url, { key })).status).toBe(403);
  });
});

test.each(['versions/', 'versions/1/'])('%s of an archived template is not found', async (path) => {
  await service.request('DELETE', `/api/templates/${id}/`);
  expect((await service.request('GET', `/api/templates/${id}/${path}`)).status).toBe(404);
});

const TEMPLATE_CONTENT = {
  ...{ content: 'Hello {{ name }}', subject: 'Welcome {{ name }}', html: null, format: 'text', layout: null },
  ...{ sms: {}, whatsapp: null, locales: {}, variables: TEMPLATE.variables },
};
