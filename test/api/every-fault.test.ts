import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, TEMPLATE } from './bodies.ts';
import { refusal } from './refusals.ts';

let service: Service;
let messageId: string;
let templateId: string;
let recipientId: string;

beforeAll(async () => {
  service = await startService();
  messageId = await service.sent({ ...EMAIL, recipient: EVERYWHERE, send_at: '2099-01-01T00:00:00Z' });
  templateId = (await service.request('POST', '/api/templates/', { body: TEMPLATE })).json.id;
  const { json } = await service.request('POST', '/api/recipients/', { body: { external_id: 'known', name: 'Ada' } });
  recipientId = json.id;
});
afterAll(() => service.close());

const FILE = { filename: 'a.txt', content_type: 'text/plain', content_base64: 'aGVsbG8=' };
const codesOf = (errors: { pointer: string; code: string }[] = []) =>
  errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();

/** Messages with faults of shape beside faults of meaning, and all that has to be named. */
const MESSAGES: [string, object, string[]][] = [
  [
    'an unknown priority beside a missing variable, a past time and a subject of two lines',
    { priority: 'huge', content: '{{ a }}', variables: {}, send_at: '2020-01-01T00:00:00Z', subject: 'a\nb' },
    ['/priority unknown_value', '/send_at in_the_past', '/subject invalid_subject', '/variables/a missing_variable'],
  ],
  [
    'an unknown field beside an unknown template',
    { colour: 'red', content: undefined, template_id: 'nothing' },
    ['/colour unknown_field', '/template_id unknown_template'],
  ],
  [
    'a wrong address beside a wrong type within the recipient',
    { recipient: { name: 7, email: 'a@b..com', phone: '+44 7911 12345O' } },
    ['/recipient/email invalid_email', '/recipient/name wrong_type', '/recipient/phone invalid_phone'],
  ],
  [
    'a wrong channel beside an address that cannot be answered and headers of ours',
    { channel: 'fax', reply_to: 'nobody', headers: { Bcc: 'a@example.com' } },
    ['/channel unknown_value', '/headers/Bcc header_not_allowed', '/reply_to invalid_email'],
  ],
  [
    'no channel and no recipient beside a variable of ours',
    { channel: undefined, recipient: undefined, variables: { acknowledge_url: 'x' } },
    ['/channel required', '/recipient required', '/variables/acknowledge_url reserved_name'],
  ],
  [
    'a file without a type before one with a wrong name',
    { attachments: [{ filename: 'a.txt', content_base64: '' }, FILE, { ...FILE, filename: 'a/b' }] },
    ['/attachments/0/content_type required', '/attachments/2/filename invalid_filename'],
  ],
  [
    'a file whose name is no text before one of a wrong type',
    {
      attachments: [
        { ...FILE, filename: 5 },
        { ...FILE, content_type: 'text' },
      ],
    },
    ['/attachments/0/filename wrong_type', '/attachments/1/content_type invalid_media_type'],
  ],
  [
    'an unknown fallback before one that comes twice',
    { fallback_channels: ['fax', 'sms', 'sms'] },
    ['/fallback_channels/0 unknown_value', '/fallback_channels/2 duplicate_channel'],
  ],
  [
    'metadata that are no texts beside a policy beyond its bounds',
    { metadata: { order: 7 }, policy: { retry_delays: [0] } },
    ['/metadata/order wrong_type', '/policy/retry_delays/0 delay_too_short'],
  ],
  [
    'an empty subject of a wrong type beside Liquid that does not end',
    { subject: 5, content: '{% if a %}', variables: {} },
    ['/content invalid_liquid', '/subject wrong_type'],
  ],
  [
    'a wrong wait beside rounds without a confirmation',
    { escalate_after: 0, until: 'read', rounds: 2 },
    ['/escalate_after too_small', '/rounds rounds_without_acknowledgement'],
  ],
];

const whole = (more: object) =>
  Object.fromEntries(
    Object.entries({ ...EMAIL, recipient: EVERYWHERE, ...more }).filter(([, value]) => value !== undefined),
  );

describe.each(MESSAGES)('a message with %s is told all of it', (_what, more, faults) => {
  test.each(['/api/messages/', '/api/messages/preview/'])('by POST %s', async (url) => {
    const { status, json } = await service.request('POST', url, { body: whole(more) });
    expect({ status, faults: codesOf(json.errors) }).toEqual({ status: 400, faults });
  });

  test('as an item of a batch', async () => {
    const messages = [whole(more), whole({})];
    const { json } = await service.request('POST', '/api/messages/batch/', { body: { messages } });
    const [first, second] = json.results;
    expect({ faults: codesOf(first.error.errors), isAccepted: 'message' in second }).toEqual({
      ...{ faults, isAccepted: true },
    });
  });
});

/** What is wrong only because another value cannot be read goes without saying. */
test.each([
  ['the content', { content: 5 }, ['/content wrong_type']],
  ['the template', { content: undefined, template_id: '' }, ['/template_id too_short']],
  ['the variables', { content: '{{ a }}', variables: [] }, ['/variables wrong_type']],
  ['the recipient', { recipient: 5 }, ['/recipient wrong_type']],
  ['the only address', { recipient: { email: 5 } }, ['/recipient/email wrong_type']],
  ['the channel of a file', { channel: 'emial', attachments: [FILE] }, ['/channel unknown_value']],
  [
    'the fallback that carries a file',
    { channel: 'sms', fallback_channels: ['emial'], attachments: [FILE] },
    ['/fallback_channels/0 unknown_value'],
  ],
  ['what is waited for', { until: 'seen', escalate_after: 60, rounds: 2 }, ['/until unknown_value']],
  ['the body', [], [' wrong_type']],
])('%s that cannot be read is told alone', async (_what, more, faults) => {
  const body = Array.isArray(more) ? more : whole(more);
  const { status, json } = await service.request('POST', '/api/messages/', { body });
  expect({ status, faults: codesOf(json.errors) }).toEqual({ status: 400, faults });
});

describe('faults of shape hide no others', () => {
  const REQUESTS: [string, 'POST' | 'PUT', () => string, object, string[]][] = [
    [
      'in a change of a message',
      'PUT',
      () => `/api/messages/${messageId}/`,
      { priority: 'huge', subject: 'a\nb', content: '{{ a }}', variables: {}, fallback_channels: ['email'] },
      [
        ...['/fallback_channels/0 duplicate_channel', '/priority unknown_value', '/subject invalid_subject'],
        '/variables/a missing_variable',
      ],
    ],
    [
      'in a new template',
      'POST',
      () => '/api/templates/',
      { ...TEMPLATE, name: '', category: 'A B', content: '{% if %}', retention: 'never' },
      ['/category invalid_format', '/content invalid_liquid', '/name invalid_format', '/name too_short']
        .concat('/retention unknown_retention')
        .sort(),
    ],
    [
      'in a new template without a channel and with a variable of a wrong type',
      'POST',
      () => '/api/templates/',
      { name: 'x', content: '{{ a }} {{ b }}', variables: { a: { type: 'colour' } }, layout: 'nothing' },
      [
        '/channel required',
        '/layout unknown_layout',
        '/variables/a/type unknown_value',
        '/variables/b undeclared_variable',
      ],
    ],
    [
      'in a changed template',
      'PUT',
      () => `/api/templates/${templateId}/`,
      { ...TEMPLATE, name: 7, content: '{{ other }}' },
      ['/name wrong_type', '/variables/other undeclared_variable'],
    ],
    [
      'in a new recipient',
      'POST',
      () => '/api/recipients/',
      { name: 7, email: 'a@b..com', time_zone: 'Mars', quiet_hours: { start: '25:00', end: '07:00' }, pet: 'cat' },
      [
        ...['/email invalid_email', '/name wrong_type', '/pet unknown_field', '/quiet_hours/start invalid_time'],
        '/time_zone invalid_time_zone',
      ],
    ],
    [
      'in a changed recipient',
      'PUT',
      () => `/api/recipients/${recipientId}/`,
      { external_id: 'known', locale: 'x_y', opt_outs: [{ channel: 'fax' }, {}] },
      ['/locale invalid_locale', '/opt_outs/0/channel unknown_value', '/opt_outs/1 opt_out_of_nothing'],
    ],
    [
      'in a new key',
      'POST',
      () => '/api/keys/',
      { scopes: ['everything', 'messages:read'], expires_at: '2020-01-01T00:00:00Z' },
      ['/expires_at in_the_past', '/name required', '/scopes/0 unknown_value'],
    ],
  ];

  test.each(REQUESTS)('%s', async (_what, method, url, body, faults) => {
    const outcome = await refusal(service, method, url(), { body });
    expect({ ...outcome, faults: [...outcome.faults].sort() }).toEqual({ status: 400, faults, written: [] });
  });

  test('in a new key by one that lacks a scope', async () => {
    const key = await service.key(['keys:manage']);
    const body = { name: '', scopes: ['everything', 'messages:read', 'keys:manage'] };
    const { json } = await service.request('POST', '/api/keys/', { key, body });
    expect(codesOf(json.errors)).toEqual([
      ...['/name too_short', '/scopes/0 unknown_value', '/scopes/1 missing_scope'],
    ]);
  });

  test('in a message to somebody whom its sender may not change', async () => {
    const key = await service.key(['messages:send']);
    const body = { ...EMAIL, recipient: { external_id: 'known', name: 'Mallory', phone: 5 }, priority: 'huge' };
    const { json } = await service.send(body, { key });
    expect(codesOf(json.errors)).toEqual([
      ...['/priority unknown_value', '/recipient/name missing_scope', '/recipient/phone wrong_type'],
    ]);
  });
});

test('a change of a message that does not exist is told of its shape', async () => {
  const url = '/api/messages/00000000-0000-7000-8000-000000000000/';
  const { status, json } = await service.request('PUT', url, { body: { priority: 'huge', subject: 'a\nb' } });
  expect({ status, faults: codesOf(json.errors) }).toEqual({ status: 400, faults: ['/priority unknown_value'] });
});

test('an id that is none is told as before', async () => {
  const { status, json } = await service.request('PUT', '/api/messages/x/', { body: { priority: 'huge' } });
  expect({ status, faults: codesOf(json.errors) }).toEqual({ status: 400, faults: ['/id invalid_format'] });
});

test('semantic faults hide no others: Liquid that does not end, a missing variable, content beside a template', async () => {
  const body = { ...EMAIL, template_id: 'welcome', subject: '{% if', html: '{{ a }}', variables: {} };
  const { json } = await service.send(body);
  expect(codesOf(json.errors)).toEqual([
    ...['/subject invalid_liquid', '/template_id content_or_template', '/variables/a missing_variable'],
  ]);
});

test('a recipient without a preferred channel hides no other fault', async () => {
  const { json } = await service.send({ recipient: EVERYWHERE, content: '{{ a }}', variables: {}, subject: 'a\nb' });
  expect(codesOf(json.errors)).toEqual([
    ...['/channel required', '/subject invalid_subject', '/variables/a missing_variable'],
  ]);
});
