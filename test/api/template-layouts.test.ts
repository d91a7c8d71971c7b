import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RequestOptions, type Service, startService } from '../support/service.ts';
import { EMAIL, TEMPLATE } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

const HTML = '<main>{{ content }}</main>';

let service: Service;
let name: string;
let names = 0;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(() => {
  names += 1;
  name = `layout-${names}`;
});

const put = (html: string, options: RequestOptions = {}) =>
  service.request('PUT', `/api/layouts/${name}/`, { body: { html }, ...options });
const get = () => service.request('GET', `/api/layouts/${name}/`);
const archive = () => service.request('DELETE', `/api/layouts/${name}/`);
const refusedPut = (options: RequestOptions) => refusal(service, 'PUT', `/api/layouts/${name}/`, options);

async function storeTemplate(more: object = {}): Promise<{ id: string; name: string }> {
  const body = { ...TEMPLATE, name: `template-${names}`, html: '<p>{{ name }}</p>', layout: name, ...more };
  const { status, json, text } = await service.request('POST', '/api/templates/', { body });
  if (status !== 201) throw new Error(`The template was not stored: ${text}`);
  return json;
}

const previewHtml = async (id: string) =>
  (await service.request('POST', `/api/templates/${id}/preview/`, { body: { variables: { name: 'Ada' } } })).json.html;

describe('storing a layout', () => {
  test('makes it where there is none', async () => {
    const { status, headers, json } = await put(HTML);
    expect([status, headers.location, json]).toEqual([
      201,
      `/api/layouts/${name}/`,
      expect.objectContaining({ name, version: 1, html: HTML }),
    ]);
  });

  test('makes a new version where there is one', async () => {
    await put(HTML);
    const { status, json } = await put(`<b>${HTML}</b>`);
    expect([status, json.version]).toEqual([200, 2]);
  });

  test('makes no new version of the same HTML', async () => {
    await put(HTML);
    expect((await put(HTML)).json.version).toBe(1);
  });

  test('goes around the body of the emails of its templates at once', async () => {
    await put(HTML);
    const { id } = await storeTemplate();
    await put('<article>{{ content }}</article>');
    expect(await previewHtml(id)).toContain('<article><p>Ada</p></article>');
  });

  test.each([
    ['no content', '<main></main>', '/html layout_without_content'],
    ['content twice', HTML.repeat(2), '/html layout_content_repeated'],
    ['a mistake', `${HTML}{% if %}`, '/html invalid_liquid'],
    ['another file', `${HTML}{% include 'x' %}`, '/html invalid_liquid'],
    ['nothing', '', '/html too_short'],
    ['more than 200,000 characters', `${HTML}${'x'.repeat(200_000)}`, '/html too_long'],
  ])('with %s is refused', async (_what, html, fault) => {
    expect(await refusedPut({ body: { html } })).toEqual(badRequest(fault));
  });

  test('that would print a variable which one of its templates does not declare is refused', async () => {
    await put(HTML);
    await storeTemplate();
    const outcome = await refusedPut({ body: { html: `${HTML}{{ company }}` } });
    expect(outcome).toEqual(badRequest('/html undeclared_variable'));
  });

  test.each(['x'.repeat(101), '%20', '..%2Fx'])('under the name %s is refused', async (wrong) => {
    const { status } = await service.request('PUT', `/api/layouts/${wrong}/`, { body: { html: HTML } });
    expect(status).toBe(400);
  });

  test('needs the scope to write templates', async () => {
    const key = await service.key(['templates:read']);
    expect((await put(HTML, { key })).status).toBe(403);
  });
});

describe('If-Match', () => {
  test('lets a layout be changed that is as the writer has seen it', async () => {
    const { headers } = await put(HTML);
    expect((await put(`<b>${HTML}</b>`, { headers: { 'if-match': headers.etag ?? '' } })).status).toBe(200);
  });

  test('stops a writer who has seen another version', async () => {
    const { headers } = await put(HTML);
    await put(`<b>${HTML}</b>`);
    const outcome = await refusedPut({ body: { html: HTML }, headers: { 'if-match': headers.etag ?? '' } });
    expect(outcome).toEqual({ status: 412, faults: [], written: [] });
  });

  test('stops a writer whose layout is not there any more', async () => {
    expect((await put(HTML, { headers: { 'if-match': '*' } })).status).toBe(412);
  });

  test('lets one of two writers at once through', async () => {
    const { headers } = await put(HTML);
    const write = (tag: string) => put(`<${tag}>${HTML}</${tag}>`, { headers: { 'if-match': headers.etag ?? '' } });
    const answers = await Promise.all([write('b'), write('i')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });
});

test('two writers at once under a new name make one layout of two versions', async () => {
  const answers = await Promise.all([put(HTML), put(`<b>${HTML}</b>`)]);
  expect([answers.map(({ status }) => status).sort(), (await get()).json.version]).toEqual([[200, 201], 2]);
});

test('a layout that does not exist is not found', async () => {
  expect([(await get()).status, (await archive()).status]).toEqual([404, 404]);
});

test('layouts are listed without their HTML, the newest first, page by page', async () => {
  await put(HTML);
  const older = name;
  name = `${name}-b`;
  await put(HTML);
  const first = await service.request('GET', '/api/layouts/?limit=1');
  const second = await service.request('GET', first.json.next);
  expect([...first.json.results, ...second.json.results]).toEqual([
    { name, version: 1, created_at: expect.any(String), updated_at: expect.any(String) },
    expect.objectContaining({ name: older }),
  ]);
});

describe('archiving a layout', () => {
  test('takes it out of every list', async () => {
    await put(HTML);
    expect([(await archive()).status, (await get()).status]).toEqual([204, 404]);
  });

  test('frees its name', async () => {
    await put(HTML);
    await archive();
    const { status, json } = await put(HTML);
    expect([status, json.version]).toEqual([201, 1]);
  });

  test('is a conflict while a template uses it, which is named', async () => {
    await put(HTML);
    const template = await storeTemplate();
    const { status, json } = await archive();
    expect([status, json.code, json.detail]).toEqual([409, 'layout_in_use', expect.stringContaining(template.name)]);
  });

  test('is possible once no template uses it', async () => {
    await put(HTML);
    const { id } = await storeTemplate();
    await service.request('DELETE', `/api/templates/${id}/`);
    expect((await archive()).status).toBe(204);
  });

  test('leaves it to the messages that were accepted with it', async () => {
    await put(HTML);
    const template = await storeTemplate();
    const message = await service.sent({
      ...{ recipient: EMAIL.recipient, channel: 'email', template_id: template.name, variables: { name: 'Ada' } },
    });
    await service.request('DELETE', `/api/templates/${template.id}/`);
    await archive();
    const { html } = await service.db
      .selectFrom('messages as m')
      .innerJoin('layout_versions as v', 'v.id', 'm.layout_version_id')
      .select('v.html')
      .where('m.id', '=', message)
      .executeTakeFirstOrThrow();
    expect(html).toBe(HTML);
  });
});
