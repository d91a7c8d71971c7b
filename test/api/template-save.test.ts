import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { TEMPLATE } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const SMS = { channel: 'sms', content: 'Hello' };
const WHATSAPP = {
  content_sid: `HX${'0'.repeat(32)}`,
  ...{ variables: { 1: 'x' }, category: 'utility', language: 'en' },
};

let names = 0;
function template(more: object = {}) {
  names += 1;
  return { ...TEMPLATE, name: `template-${names}`, ...more };
}

async function store(more: object = {}) {
  const { status, json, text } = await service.request('POST', '/api/templates/', { body: template(more) });
  if (status !== 201) throw new Error(`The template was not stored: ${text}`);
  return json;
}

const refused = (more: object) => refusal(service, 'POST', '/api/templates/', { body: template(more) });
const variables = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, { type: 'string' }]));
const codes = (warnings: { pointer: string; code: string }[]) =>
  warnings.map(({ pointer, code }) => `${pointer} ${code}`);

test('a template in two languages, with a layout and Markdown, reads back as it was stored', async () => {
  await service.request('PUT', '/api/layouts/plain/', { body: { html: '<main>{{ content }}</main>' } });
  const body = template({ format: 'markdown', layout: 'plain', locales: { pt: { content: 'Olá {{ name }}' } } });
  const { json } = await service.request('POST', '/api/templates/', { body });
  const { warnings: _, ...stored } = json;
  expect([(await service.request('GET', `/api/templates/${json.id}/`)).json, stored]).toEqual([
    stored,
    expect.objectContaining({ ...body, version: 1 }),
  ]);
});

test('a WhatsApp template reads back as it was stored', async () => {
  const { id } = await store({ channel: 'whatsapp', content: 'x', subject: null, variables: {}, whatsapp: WHATSAPP });
  expect((await service.request('GET', `/api/templates/${id}/`)).json.whatsapp).toEqual(WHATSAPP);
});

test('an email with HTML needs no text, which is made from it', async () => {
  const { id } = await store({ content: '', html: '<p>Hello <b>there</b></p>', subject: null, variables: {} });
  const { json } = await service.request('POST', `/api/templates/${id}/preview/`);
  expect(json.content).toBe('Hello there');
});

test('a template of 200,000 characters is stored', async () => {
  expect((await store({ content: 'x'.repeat(200_000), variables: {}, subject: null })).version).toBe(1);
});

test.each([
  ['of more than 200,000 characters', { content: 'x'.repeat(200_001) }, '/content too_long'],
  ['that says nothing', { content: ' ', subject: null, variables: {} }, '/content content_empty'],
  ['with a name of 101 characters', { name: 'x'.repeat(101) }, '/name too_long'],
  ['with a name that is a path', { name: '../x' }, '/name invalid_format'],
  ['with 10,000 variables', { variables: variables(10_000) }, '/variables too_many'],
  ['with a layout that does not exist', { layout: 'nothing' }, '/layout unknown_layout'],
  [
    'with a malformed language tag',
    { locales: { 'not a tag': { content: 'x' } } },
    '/locales/not a tag invalid_locale',
  ],
  ['with one language twice', { locales: { pt: {}, PT: {} } }, '/locales/PT duplicate_locale'],
  ['with a mistake in one language', { locales: { pt: { content: '{{' } } }, '/locales/pt/content invalid_liquid'],
  [
    'with a variable of an unknown type',
    { variables: { name: { type: 'color' } } },
    '/variables/name/type unknown_value',
  ],
  ['with an undeclared variable', { content: '{{ name }} {{ x }}' }, '/variables/x undeclared_variable'],
  ['for email with SMS options', { sms: { smart_encoding: true } }, '/sms not_for_channel'],
  ['with a category in capitals', { category: 'Marketing' }, '/category invalid_format'],
])('a template %s is refused', async (_what, more, fault) => {
  expect(await refused(more)).toEqual(badRequest(fault));
});

test('everything that is wrong with a template is reported at once', async () => {
  const { faults } = await refused({ ...SMS, content: '{{ a', html: '{{ b }}', layout: 'nothing' });
  expect(faults.sort()).toEqual([
    '/content invalid_liquid',
    '/html not_for_channel',
    '/layout not_for_channel',
    '/subject not_for_channel',
    '/variables/b undeclared_variable',
  ]);
});

test('a variable that nothing uses is a warning', async () => {
  const { warnings } = await store({ variables: { ...TEMPLATE.variables, other: { type: 'string' } } });
  expect(codes(warnings)).toEqual(['/variables/other unused_variable']);
});

test('a change tells what may be wrong with the template, too', async () => {
  const { id, name } = await store();
  const body = { ...template({ name }), variables: { ...TEMPLATE.variables, other: { type: 'string' } } };
  const { json } = await service.request('PUT', `/api/templates/${id}/`, { body });
  expect(codes(json.warnings)).toEqual(['/variables/other unused_variable']);
});

test('a repeated request tells the same warnings', async () => {
  const body = template({ variables: { ...TEMPLATE.variables, other: { type: 'string' } } });
  const headers = { 'idempotency-key': 'warnings' };
  const first = await service.request('POST', '/api/templates/', { body, headers });
  const second = await service.request('POST', '/api/templates/', { body, headers });
  expect([second.headers['idempotency-replayed'], second.json]).toEqual(['true', first.json]);
});

test('a text that its examples make long is a warning in each language', async () => {
  const { warnings } = await store({
    ...{ channel: 'sms', subject: null, content: '{{ name }}', locales: { pt: { content: 'Olá {{ name }}' } } },
    variables: { name: { type: 'string', required: true, example: 'x'.repeat(500) } },
  });
  expect(codes(warnings)).toEqual(['/content many_segments', '/locales/pt/content many_segments']);
});

test('how many segments are worth a warning is up to the template', async () => {
  const sms = { ...SMS, subject: null, variables: {}, content: 'x'.repeat(200) };
  const { warnings } = await store({ ...sms, sms: { warn_segments: 2 } });
  expect([codes(warnings), (await store(sms)).warnings]).toEqual([['/content many_segments'], []]);
});

test('a text without an example for its variable has no such warning', async () => {
  const { warnings } = await store({
    ...{ channel: 'sms', subject: null, content: `{{ name }}${'x'.repeat(700)}` },
    variables: { name: { type: 'string', required: true } },
  });
  expect(warnings).toEqual([]);
});

test('of two writers at once who have seen the same version one is told that it is stale', async () => {
  const { id, name } = await store();
  const { headers } = await service.request('GET', `/api/templates/${id}/`);
  const write = (content: string) =>
    service.request('PUT', `/api/templates/${id}/`, {
      ...{ body: template({ name, content: `${content} {{ name }}` }), headers: { 'if-match': headers.etag ?? '' } },
    });
  const answers = await Promise.all([write('one'), write('two')]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
});

test('two writers at once who look at nothing make two versions', async () => {
  const { id, name } = await store();
  const write = (content: string) =>
    service.request('PUT', `/api/templates/${id}/`, { body: template({ name, content: `${content} {{ name }}` }) });
  const answers = await Promise.all([write('one'), write('two')]);
  expect(answers.map(({ json }) => json.version).sort()).toEqual([2, 3]);
});

test('the schema of the variables says what a message needs', async () => {
  const { id } = await store();
  const { headers, json } = await service.request('GET', `/api/templates/${id}/schema/`);
  expect([headers['content-type'], json]).toEqual([
    expect.stringContaining('application/schema+json'),
    expect.objectContaining({ properties: { name: { type: 'string' } }, required: ['name'] }),
  ]);
});

test('a template whose languages have more than two million characters together is refused', async () => {
  const tags = ['de', 'fr', 'es', 'pt', 'it', 'nl', 'da', 'sv', 'fi', 'pl', 'cs'];
  const locales = Object.fromEntries(tags.map((tag) => [tag, { content: 'x'.repeat(190_000) }]));
  const body = { name: 'many', channel: 'email', content: 'x', subject: 'x', locales };
  const { status, json } = await service.request('POST', '/api/templates/', { body });
  expect({ status, fault: json.errors[0] }).toMatchObject({ status: 400, fault: { pointer: '', code: 'too_long' } });
});
