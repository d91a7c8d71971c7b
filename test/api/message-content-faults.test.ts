import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, SMS, TEMPLATE, WHATSAPP } from './bodies.ts';
import { badRequest, refusedMessage } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
  await service.request('POST', '/api/templates/', { body: TEMPLATE });
  const variables = {
    ...TEMPLATE.variables,
    ...{ count: { type: 'number' }, due: { type: 'date' }, items: { type: 'list' } },
  };
  await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name: 'typed', variables } });
  await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name: 'inactive', is_active: false } });
});
afterAll(() => service.close());

const TEMPLATED = { recipient: EVERYWHERE, channel: 'email', template_id: 'welcome', variables: { name: 'Ada' } };
const inline = (content: string, variables: object, more: object = {}) => ({ ...EMAIL, content, variables, ...more });

test.each([
  ['neither content nor a template', { ...EMAIL, content: undefined }, '/content content_or_template'],
  ['both content and a template', { ...EMAIL, template_id: 'welcome' }, '/template_id content_or_template'],
  ['an unknown template', { ...TEMPLATED, template_id: 'nothing' }, '/template_id unknown_template'],
  [
    'a template that has no variant for the channel',
    { ...TEMPLATED, channel: 'sms' },
    '/template_id template_variant_missing',
  ],
  ['no value for a required variable', { ...TEMPLATED, variables: {} }, '/variables/name missing_variable'],
  ['no variables at all', { ...TEMPLATED, variables: undefined }, '/variables/name missing_variable'],
  ['null for a variable', { ...TEMPLATED, variables: { name: null } }, '/variables/name null_variable'],
  ['a variable of a wrong type', { ...TEMPLATED, variables: { name: 7 } }, '/variables/name wrong_type'],
  [
    'a variable that is not declared',
    { ...TEMPLATED, variables: { name: 'Ada', other: 1 } },
    '/variables/other undeclared_variable',
  ],
  ['empty content', { ...EMAIL, content: '' }, '/content too_short'],
  ['blank content', { ...EMAIL, content: ' \n\t' }, '/content content_empty'],
  ['content that is empty once rendered', inline('{{ name }}', { name: ' ' }), '/content content_empty'],
  ['content of a megabyte', { ...EMAIL, content: 'x'.repeat(1_000_000) }, '/content too_long'],
  ['more than a text message takes', { ...SMS, content: 'x'.repeat(1601) }, '/content content_too_long'],
  ['more than a WhatsApp message takes', { ...WHATSAPP, content: 'x'.repeat(1601) }, '/content content_too_long'],
  ['a subject of two lines', { ...EMAIL, subject: 'Hi\r\nBcc: e@e.example' }, '/subject invalid_subject'],
  ['a subject that is too long', { ...EMAIL, subject: 'x'.repeat(999) }, '/subject too_long'],
  ['a reply address that is none', { ...EMAIL, reply_to: 'a@b.example, c@d.example' }, '/reply_to invalid_email'],
  ['a picture at no https URL', { ...WHATSAPP, media_url: 'http://example.com/a.jpg' }, '/media_url invalid_url'],
  ['a picture in a file', { ...WHATSAPP, media_url: 'file:///etc/passwd' }, '/media_url invalid_url'],
  ['one channel twice', { ...EMAIL, fallback_channels: ['email'] }, '/fallback_channels/0 duplicate_channel'],
  ['an escalation without its goal', { ...EMAIL, escalate_after: 60 }, '/until incomplete_escalation'],
  ['a goal without its escalation', { ...EMAIL, until: 'read' }, '/escalate_after incomplete_escalation'],
  ['an escalation at once', { ...EMAIL, escalate_after: 0, until: 'read' }, '/escalate_after too_small'],
  ['a moment that has passed', { ...EMAIL, send_at: '2020-01-01T00:00:00Z' }, '/send_at in_the_past'],
  ['an expiry that has passed', { ...EMAIL, expires_at: '2020-01-01T00:00:00Z' }, '/expires_at in_the_past'],
  [
    'an expiry before it is sent',
    { ...EMAIL, send_at: '2099-01-02T00:00:00Z', expires_at: '2099-01-01T00:00:00Z' },
    '/expires_at expires_before_sending',
  ],
  ['a moment without a zone', { ...EMAIL, send_at: '2099-01-01T00:00:00' }, '/send_at invalid_format'],
  ['a day that does not exist', { ...EMAIL, send_at: '2099-02-30T00:00:00Z' }, '/send_at invalid_format'],
  ['a leap second', { ...EMAIL, send_at: '2098-12-31T23:59:60Z' }, '/send_at invalid_format'],
])('a message with %s is refused', async (_what, body, fault) => {
  expect(await refusedMessage(service, body)).toEqual(badRequest(fault));
});

test('a message by an inactive template is a conflict and nothing is stored', async () => {
  const outcome = await refusedMessage(service, { ...TEMPLATED, template_id: 'inactive' });
  expect(outcome).toEqual({ status: 409, faults: ['/template_id template_inactive'], written: [] });
});

test('an archived template is unknown', async () => {
  const { json } = await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name: 'archived' } });
  await service.request('DELETE', `/api/templates/${json.id}/`);
  const body = { ...TEMPLATED, template_id: 'archived' };
  expect(await refusedMessage(service, body)).toEqual(badRequest('/template_id unknown_template'));
});

test.each([
  ['a variable that is missing', 'Hi {{ name }}', {}, '/variables/name missing_variable'],
  ['a variable that is null', 'Hi {{ name }}', { name: null }, '/variables/name null_variable'],
  ['a tag that is not closed', 'Hi {% if name %}', { name: 1 }, '/content invalid_liquid'],
  ['an output that is not closed', 'Hi {{ name', { name: 1 }, '/content invalid_liquid'],
  ['an unknown tag', '{% launch %}', {}, '/content invalid_liquid'],
  ['an unknown filter', '{{ name | explode }}', { name: 1 }, '/content invalid_liquid'],
  ['a file to be included', "{% include '/etc/passwd' %}", {}, '/content invalid_liquid'],
  ['a loop without end', '{% for i in (1..1000000000) %}x{% endfor %}', {}, '/content limit_exceeded'],
])('content with %s is refused', async (_what, content, variables, fault) => {
  expect(await refusedMessage(service, inline(content, variables))).toEqual(badRequest(fault));
});

test.each(['subject', 'html'])('a variable that is missing in the %s is refused', async (field) => {
  const body = inline('Hello', {}, { [field]: 'Hi {{ name }}' });
  expect(await refusedMessage(service, body)).toEqual(badRequest('/variables/name missing_variable'));
});

test.each(['subject', 'html'])('a mistake in the Liquid of the %s is refused', async (field) => {
  const body = inline('Hello', {}, { [field]: 'Hi {% if %}' });
  expect(await refusedMessage(service, body)).toEqual(badRequest(`/${field} invalid_liquid`));
});

test('a variable that is null in the subject is refused', async () => {
  const body = inline('Hello', { name: null }, { subject: 'Hi {{ name }}' });
  expect(await refusedMessage(service, body)).toEqual(badRequest('/variables/name null_variable'));
});

test.each([
  ['Hi {{ name | default: "there" }}', 'Hi there'],
  ['Hi {{ name | upcase | default: "x" }}', 'Hi x'],
  ['Hi{% if name %} {{ name }}{% endif %}', 'Hi'],
])('%s makes do without the variable', async (content, expected) => {
  const { json } = await service.send(inline(content, {}));
  expect(json.content).toBe(expected);
});

test('a mistake in Liquid is refused with its line and column', async () => {
  const { json } = await service.send(inline('Hello\n  {% launch %}', {}));
  expect(json.errors[0].message).toContain('line 2, column 3');
});

test('a line break in a variable makes no second header of a subject', async () => {
  const { json } = await service.send(inline('Hello', { name: 'A\r\nBcc: e@e.example' }, { subject: 'Hi {{ name }}' }));
  expect(json.subject).toBe('Hi A Bcc: e@e.example');
});

test('all variables that are missing are reported at once', async () => {
  const { faults } = await refusedMessage(service, inline('{{ a }} {{ b.c }} {{ d | upcase }}', {}));
  expect(faults).toEqual(['a', 'b', 'd'].map((name) => `/variables/${name} missing_variable`));
});

test('every variable of a wrong type is reported at once', async () => {
  const body = { ...TEMPLATED, template_id: 'typed', variables: { name: 1, count: 'x', due: 'soon', items: {} } };
  const faults = ['count', 'due', 'items', 'name'].map((name) => `/variables/${name} wrong_type`);
  expect((await refusedMessage(service, body)).faults.sort()).toEqual(faults);
});

test('a template that is missing on a fallback is a warning', async () => {
  const { status, json } = await service.send({ ...TEMPLATED, fallback_channels: ['sms'] });
  expect([status, json.warnings.map(({ code }: { code: string }) => code)]).toEqual([
    201,
    ['template_variant_missing'],
  ]);
});
