import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, NO_ID, TEMPLATE } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';
import { STATES, type State, setMessage } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
  await service.request('POST', '/api/templates/', { body: TEMPLATE });
});
afterAll(() => service.close());

const LATER = '2099-01-01T00:00:00.000Z';
const pending = async (more: object = {}) =>
  await service.sent({ ...EMAIL, recipient: EVERYWHERE, send_at: LATER, ...more });
const change = async (id: string, body: object, headers: Record<string, string> = {}) =>
  await service.request('PUT', `/api/messages/${id}/`, { body, headers });
const read = async (id: string) => await service.request('GET', `/api/messages/${id}/`);

test.each([
  ['content', { content: 'Goodbye' }, { content: 'Goodbye' }],
  ['subject', { subject: 'New' }, { subject: 'New' }],
  ['a subject to none', { subject: null }, { subject: null }],
  ['channel', { channel: 'sms' }, { channel: 'sms', plan: ['sms'] }],
  ['fallbacks', { fallback_channels: ['sms', 'whatsapp'] }, { plan: ['email', 'sms', 'whatsapp'] }],
  ['priority', { priority: 'high' }, { priority: 'high' }],
  ['time', { send_at: '2098-01-01T00:00:00Z' }, { send_at: '2098-01-01T00:00:00.000Z', waiting_for: 'schedule' }],
  ['time to now', { send_at: null }, { send_at: null, waiting_for: null }],
  [
    'content and variables',
    { content: 'Hi {{ name }}', variables: { name: 'Grace' } },
    { content: 'Hi Grace', template_id: null },
  ],
  [
    'content to a template',
    { template_id: 'welcome', variables: { name: 'Grace' } },
    { content: 'Hello Grace', template_name: 'welcome', template_version: 1 },
  ],
  ['html alone', { html: '<p>New</p>' }, { content: 'Hello' }],
])('a change of %s shows at once', async (_what, body, expected) => {
  const id = await pending();
  const { status, json } = await change(id, body);
  expect([status, json]).toEqual([200, expect.objectContaining(expected)]);
});

test('a change is there when the message is read again', async () => {
  const id = await pending();
  const { json } = await change(id, { content: 'Goodbye', subject: 'New', priority: 'low' });
  const { warnings, ...changed } = json;
  expect({ warnings, read: (await read(id)).json }).toEqual({ warnings: [], read: changed });
});

test('what a change leaves out stays as it is', async () => {
  const id = await pending({ subject: 'Kept', priority: 'low', metadata: { order: '7' }, fallback_channels: ['sms'] });
  const { json } = await change(id, { content: 'Goodbye' });
  expect(json).toMatchObject({ subject: 'Kept', priority: 'low', metadata: { order: '7' }, plan: ['email', 'sms'] });
});

test('a message that has gone on to its fallback does not return to the channel that failed', async () => {
  const id = await pending({ fallback_channels: ['whatsapp', 'sms'] });
  await service.db.updateTable('messages').set({ channel: 'whatsapp' }).where('id', '=', id).execute();
  expect((await change(id, { content: 'Goodbye' })).json.plan).toEqual(['whatsapp', 'sms']);
});

test('a message that is moved to its fallback has that fallback no more', async () => {
  const { json } = await change(await pending({ fallback_channels: ['whatsapp', 'sms'] }), { channel: 'sms' });
  expect(json.plan).toEqual(['sms', 'whatsapp']);
});

test('content takes the place of a template', async () => {
  const id = await pending({ content: undefined, template_id: 'welcome', variables: { name: 'Ada' } });
  const { json } = await change(id, { content: 'By hand for {{ name }}' });
  expect(json).toMatchObject({ content: 'By hand for Ada', template_id: null, template_name: null });
});

test('variables of a message by a template can be changed alone', async () => {
  const id = await pending({ content: undefined, template_id: 'welcome', variables: { name: 'Ada' } });
  const { json } = await change(id, { variables: { name: 'Grace' } });
  expect(json).toMatchObject({ content: 'Hello Grace', subject: 'Welcome Grace' });
});

test('a change is in the audit log with the names of the fields and without their values', async () => {
  const id = await pending();
  await change(id, { content: 'Goodbye', priority: 'high' });
  const entries = service.db.selectFrom('audit_log').select(['action', 'detail']).where('resource_id', '=', id);
  expect(await entries.execute()).toEqual([{ action: 'message.changed', detail: { fields: 'content,priority' } }]);
});

const REFUSALS: [State, number, string][] = [
  ['being handed over', 409, 'sending'],
  ['being cancelled', 409, 'not_pending'],
  ['sent', 409, 'not_pending'],
  ['sent and waiting for a receipt', 409, 'not_pending'],
  ['failed', 409, 'not_pending'],
  ['failed and waiting for an operator', 409, 'not_pending'],
];

test.each(REFUSALS)('a message that is %s cannot be changed', async (state, ...expected) => {
  const id = await pending();
  await setMessage(service.db, id, STATES[state]);
  const { status, json } = await change(id, { content: 'Goodbye' });
  expect([status, json.code]).toEqual(expected);
});

test.each(['due now', 'waiting for its schedule', 'waiting for a retry', 'held for an operator'] as const)(
  'a message that is %s can be changed',
  async (state) => {
    const id = await pending({ send_at: undefined });
    await setMessage(service.db, id, STATES[state]);
    expect((await change(id, { content: 'Goodbye' })).json.content).toBe('Goodbye');
  },
);

test.each([
  ['nothing in it', {}, ' invalid'],
  ['an unknown channel', { channel: 'fax' }, '/channel unknown_value'],
  ['a time that has passed', { send_at: '2020-01-01T00:00:00Z' }, '/send_at in_the_past'],
  ['empty content', { content: '' }, '/content too_short'],
  ['content of null', { content: null }, '/content wrong_type'],
  ['content and a template', { content: 'x', template_id: 'welcome' }, '/template_id content_or_template'],
  ['an unknown template', { template_id: 'nothing' }, '/template_id unknown_template'],
  ['a subject of two lines', { subject: 'a\r\nb' }, '/subject invalid_subject'],
  ['its own channel as a fallback', { fallback_channels: ['email'] }, '/fallback_channels/0 duplicate_channel'],
  ['variables that are missing', { content: '{{ a }}', variables: {} }, '/variables/a missing_variable'],
  ['another recipient', { recipient: 'ada' }, '/recipient unknown_field'],
  ['another status', { status: 'sent' }, '/status unknown_field'],
  ['other metadata', { metadata: {} }, '/metadata unknown_field'],
])('a change with %s is refused', async (_what, body, fault) => {
  const id = await pending();
  expect(await refusal(service, 'PUT', `/api/messages/${id}/`, { body })).toEqual(badRequest(fault));
});

test('a change to a channel without an address is refused', async () => {
  const id = await service.sent({ ...EMAIL, send_at: LATER });
  const outcome = await refusal(service, 'PUT', `/api/messages/${id}/`, { body: { channel: 'sms' } });
  expect(outcome).toEqual(badRequest('/channel no_address'));
});

test('a change that was refused has changed nothing', async () => {
  const id = await pending();
  const { json: before } = await read(id);
  await change(id, { content: 'Goodbye', channel: 'email', fallback_channels: ['email'] });
  expect((await read(id)).json).toEqual(before);
});

test('a message that does not exist cannot be changed', async () => {
  expect((await change(NO_ID, { content: 'x' })).status).toBe(404);
});

describe('If-Match', () => {
  test('lets the change of a message through that is as it was read', async () => {
    const id = await pending();
    const { headers } = await read(id);
    expect((await change(id, { content: 'x' }, { 'if-match': headers.etag ?? '' })).status).toBe(200);
  });

  test('refuses the change of a message that somebody else has changed', async () => {
    const id = await pending();
    const { headers } = await read(id);
    await change(id, { priority: 'high' });
    const { status, json } = await change(id, { content: 'x' }, { 'if-match': headers.etag ?? '' });
    expect([status, json.code, (await read(id)).json.content]).toEqual([412, 'stale', 'Hello']);
  });

  test('takes the tag that a change has answered', async () => {
    const id = await pending();
    const { headers } = await change(id, { priority: 'high' });
    expect((await change(id, { content: 'x' }, { 'if-match': headers.etag ?? '' })).status).toBe(200);
  });

  test.each([
    ['any tag', '*', 200],
    ['another tag', '"other"', 412],
    ['a weak tag', 'W/"other"', 412],
    ['nothing', '', 412],
  ])('with %s answers as RFC 9110 says', async (_what, tag, expected) => {
    expect((await change(await pending(), { content: 'x' }, { 'if-match': tag })).status).toBe(expected);
  });

  test('finds its tag in a list', async () => {
    const id = await pending();
    const { headers } = await read(id);
    expect((await change(id, { content: 'x' }, { 'if-match': `"other", ${headers.etag}` })).status).toBe(200);
  });

  test('lets one of two changes at the same moment through', async () => {
    const id = await pending();
    const { headers } = await read(id);
    const both = ['one', 'other'].map((content) => change(id, { content }, { 'if-match': headers.etag ?? '' }));
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 412]);
  });
});
