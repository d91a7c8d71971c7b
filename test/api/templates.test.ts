import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EVERYWHERE, NO_ID, TEMPLATE } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;
let names = 0;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const named = (more: object = {}) => {
  names += 1;
  return { ...TEMPLATE, name: `template-${names}`, ...more };
};
const store = async (more: object = {}) =>
  (await service.request('POST', '/api/templates/', { body: named(more) })).json;
const read = async (id: string) => await service.request('GET', `/api/templates/${id}/`);
const replace = async (id: string, body: object, headers: Record<string, string> = {}) =>
  await service.request('PUT', `/api/templates/${id}/`, { body, headers });
const messageBy = async (name: string) =>
  await service.send({ recipient: EVERYWHERE, channel: 'email', template_id: name, variables: { name: 'Ada' } });

test('a template reads back as it was stored', async () => {
  const body = named({ html: '<p>{{ name }}</p>' });
  const { status, json, headers } = await service.request('POST', '/api/templates/', { body });
  expect([status, headers.location, (await read(json.id)).json]).toEqual([
    ...[201, `/api/templates/${json.id}/`, expect.objectContaining({ ...body, version: 1, is_active: true })],
  ]);
});

test('one name may be used once for each channel', async () => {
  const body = named({ subject: undefined });
  const statuses: number[] = [];
  for (const channel of ['sms', 'whatsapp', 'sms']) {
    statuses.push((await service.request('POST', '/api/templates/', { body: { ...body, channel } })).status);
  }
  expect(statuses).toEqual([201, 201, 409]);
});

test('the name of an archived template is free', async () => {
  const { id, name } = await store();
  await service.request('DELETE', `/api/templates/${id}/`);
  expect((await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name } })).status).toBe(201);
});

const faulty: [string, object, ...string[]][] = [
  ['no name', { name: undefined }, '/name required'],
  ['an empty name', { name: '' }, '/name too_short', '/name invalid_format'],
  ['a name with a space', { name: 'a b' }, '/name invalid_format'],
  ['a name that is too long', { name: 'x'.repeat(101) }, '/name too_long'],
  ['an unknown channel', { channel: 'fax' }, '/channel unknown_value'],
  ['no content', { content: undefined }, '/content required'],
  ['empty content', { content: '' }, '/content content_empty'],
  ['content that is too long', { content: 'x'.repeat(200_001) }, '/content too_long'],
  ['a mistake in its Liquid', { content: '{% if %}' }, '/content invalid_liquid'],
  ['a mistake in the Liquid of its subject', { subject: '{{ name' }, '/subject invalid_liquid'],
  ['a mistake in the Liquid of its html', { html: '{% launch %}' }, '/html invalid_liquid'],
  ['a variable that is not declared', { content: '{{ other }}' }, '/variables/other undeclared_variable'],
  ['a declaration without a type', { variables: { name: {} } }, '/variables/name/type required'],
  ['an unknown type', { variables: { name: { type: 'blob' } } }, '/variables/name/type unknown_value'],
  [
    'a default of another type',
    { variables: { name: { type: 'string', default: 7 } } },
    '/variables/name/default wrong_type',
  ],
  [
    'an example of another type',
    { variables: { name: { type: 'string', example: [] } } },
    '/variables/name/example wrong_type',
  ],
  [
    'a declaration with an unknown field',
    { variables: { name: { type: 'string', length: 7 } } },
    '/variables/name/length unknown_field',
  ],
  ['is_active of another type', { is_active: 'yes' }, '/is_active wrong_type'],
  ['an unknown field', { colour: 'red' }, '/colour unknown_field'],
];

test.each(faulty)('a template with %s is refused', async (_what, more, ...faults) => {
  const outcome = await refusal(service, 'POST', '/api/templates/', { body: named(more) });
  expect(outcome).toEqual(badRequest(...faults));
});

test.each(['sms', 'whatsapp'])('a template for %s has neither subject nor html', async (channel) => {
  const body = named({ channel, html: '<p>Hello</p>' });
  const { status, faults, written } = await refusal(service, 'POST', '/api/templates/', { body });
  expect({ status, faults: faults.sort(), written }).toEqual(
    badRequest('/html not_for_channel', '/subject not_for_channel'),
  );
});

test('a mistake in Liquid is refused with its line and column', async () => {
  const { json } = await service.request('POST', '/api/templates/', { body: named({ content: 'a\nb {% launch %}' }) });
  expect(json.errors[0].message).toContain('line 2, column 3');
});

test('new content makes a new version', async () => {
  const { id, name } = await store();
  const { json } = await replace(id, { ...TEMPLATE, name, content: 'Goodbye {{ name }}' });
  expect([json.version, json.content]).toEqual([2, 'Goodbye {{ name }}']);
});

test('a new name or state makes no new version', async () => {
  const { id, name } = await store();
  const { json } = await replace(id, { ...TEMPLATE, name: `${name}-new`, is_active: false });
  expect(json).toMatchObject({ version: 1, name: `${name}-new`, is_active: false });
});

test('a message that was accepted before a change keeps its version', async () => {
  const { id, name } = await store();
  const { json: message } = await messageBy(name);
  await replace(id, { ...TEMPLATE, name, content: 'Goodbye {{ name }}' });
  const { json: read } = await service.request('GET', `/api/messages/${message.id}/`);
  const { json: later } = await messageBy(name);
  expect([read.content, read.template_version, later.content]).toEqual(['Hello Ada', 1, 'Goodbye Ada']);
});

test('a message that was accepted before its template was archived still has its text', async () => {
  const { id, name } = await store();
  const { json: message } = await messageBy(name);
  await service.request('DELETE', `/api/templates/${id}/`);
  const { json } = await service.request('GET', `/api/messages/${message.id}/`);
  expect([json.content, json.template_name]).toEqual(['Hello Ada', name]);
});

test('an archived template is gone for its readers', async () => {
  const { id, name } = await store();
  const removed = await service.request('DELETE', `/api/templates/${id}/`);
  const again = await service.request('DELETE', `/api/templates/${id}/`);
  const { json: list } = await service.request('GET', `/api/templates/?name=${name}`);
  expect([removed.status, (await read(id)).status, again.status, list.results]).toEqual([204, 404, 404, []]);
});

test('a change that was refused has changed nothing', async () => {
  const { id } = await store();
  const { json: before } = await read(id);
  const { status } = await replace(id, { ...before, content: '{% if %}' });
  expect([status, (await read(id)).json]).toEqual([400, before]);
});

test('a template does not take the name of another', async () => {
  const [one, other] = [await store(), await store()];
  const { status, json } = await replace(other.id, { ...TEMPLATE, name: one.name });
  expect([status, json.code]).toEqual([409, 'name_taken']);
});

test('the channel of a template does not change', async () => {
  const { id, name } = await store();
  const { status, json } = await replace(id, { name, channel: 'sms', content: 'Hello' });
  expect([status, json.code]).toEqual([409, 'channel_fixed']);
});

test('a change of a template that somebody else has changed is refused', async () => {
  const { id, name } = await store();
  const { headers } = await read(id);
  const change = (content: string) => replace(id, { ...TEMPLATE, name, content }, { 'if-match': headers.etag ?? '' });
  expect([(await change('One')).status, (await change('Other')).status]).toEqual([200, 412]);
});

test.each(['GET', 'PUT', 'DELETE'] as const)('%s of a template that does not exist is a 404', async (method) => {
  const options = method === 'PUT' ? { body: TEMPLATE } : {};
  expect((await service.request(method, `/api/templates/${NO_ID}/`, options)).status).toBe(404);
});

test('templates are found by name, channel and state', async () => {
  const { name } = await store({ channel: 'sms', subject: undefined, is_active: false });
  await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name } });
  const channelsIn = async (query: string) => {
    const { json } = await service.request('GET', `/api/templates/?name=${name}&${query}`);
    return json.results.map(({ channel }: { channel: string }) => channel);
  };
  expect([await channelsIn(''), await channelsIn('channel=sms'), await channelsIn('is_active=true')]).toEqual([
    ...[['email', 'sms'], ['sms'], ['email']],
  ]);
});

test.each(['color=red', 'channel=fax', 'is_active=maybe', 'limit=0', 'cursor=x', 'name=%00'])(
  'a list with %s is refused',
  async (query) => {
    const { status, json } = await service.request('GET', `/api/templates/?${query}`);
    expect([status, json.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([
      ...[400, [`/${query.split('=')[0]}`]],
    ]);
  },
);

test('storing, changing and archiving a template is in the audit log', async () => {
  const { id, name } = await store();
  await replace(id, { ...TEMPLATE, name, content: 'Goodbye' });
  await service.request('DELETE', `/api/templates/${id}/`);
  const entries = service.db.selectFrom('audit_log').select('action').where('resource_id', '=', id).orderBy('id');
  const actions = (await entries.execute()).map(({ action }) => action);
  expect(actions).toEqual(['template.created', 'template.changed', 'template.archived']);
});
