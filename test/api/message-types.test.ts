import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { FULL_EMAIL } from './bodies.ts';
import { badRequest, refusedMessage } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

type Path = readonly (string | number)[];

const VALUES = {
  ...{ string: 'text', number: 1.5, boolean: true, null: null, list: ['text'], object: { some: 'thing' } },
};
type TypeName = keyof typeof VALUES;

/** Every field of a message, with the types that it may have. */
const FIELDS: [Path, TypeName[]][] = [
  [['recipient'], ['string', 'object']],
  ...['external_id', 'name', 'email', 'phone', 'whatsapp', 'locale', 'time_zone'].map((field): [Path, TypeName[]] => [
    ['recipient', field],
    ['string', 'null'],
  ]),
  [['channel'], ['string']],
  [['fallback_channels'], ['list']],
  [['fallback_channels', 0], ['string']],
  [['escalate_after'], []],
  [['until'], ['string']],
  [['content'], ['string']],
  [['subject'], ['string']],
  [['html'], ['string']],
  [['template_id'], ['string']],
  [['variables'], ['object']],
  [['attachments'], ['list']],
  [['attachments', 0], ['object']],
  [['attachments', 0, 'filename'], ['string']],
  [['attachments', 0, 'content_type'], ['string']],
  [['attachments', 0, 'content_base64'], ['string']],
  [['media_url'], ['string']],
  [['reply_to'], ['string']],
  [['priority'], ['string']],
  [['send_at'], ['string']],
  [['expires_at'], ['string']],
  [['metadata'], ['object']],
  [['metadata', 'order'], ['string']],
];

const cases = FIELDS.map(([path, allowed]) => {
  const wrong = Object.keys(VALUES).filter((type) => !allowed.includes(type as TypeName)) as TypeName[];
  return { pointer: path.map((key) => `/${key}`).join(''), path, wrong };
});

/** A copy in which what is at the path is another value. */
function replaceAt(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = structuredClone(value ?? {}) as Record<string | number, unknown>;
  copy[key] = replaceAt(copy[key], rest, replacement);
  return copy;
}

test('the body that these tests start from is accepted', async () => {
  expect((await service.send(FULL_EMAIL)).status).toBe(201);
});

describe.each(cases)('$pointer', ({ pointer, path, wrong }) => {
  test.each(wrong)('must not be of type %s', async (type) => {
    const body = replaceAt(FULL_EMAIL, path, VALUES[type]);
    expect(await refusedMessage(service, body)).toEqual(badRequest(`${pointer} wrong_type`));
  });
});

test.each([[[]], [['recipient']], [['attachments', 0]]] as Path[][])(
  'an unknown field in %j is named',
  async (path) => {
    const body = replaceAt(FULL_EMAIL, [...path, 'a/b~c'], 1);
    const pointer = path.map((key) => `/${key}`).join('');
    expect(await refusedMessage(service, body)).toEqual(badRequest(`${pointer}/a~1b~0c unknown_field`));
  },
);

test.each(['filename', 'content_type', 'content_base64'])('an attachment without %s is refused', async (field) => {
  const [file] = FULL_EMAIL.attachments;
  const body = { ...FULL_EMAIL, attachments: [{ ...file, [field]: undefined }] };
  expect(await refusedMessage(service, body)).toEqual(badRequest(`/attachments/0/${field} required`));
});

test.each([
  ['an unknown priority', { priority: 'urgent' }, '/priority unknown_value'],
  ['an unknown goal', { until: 'clicked' }, '/until unknown_value'],
  ['an escalation after more than a year', { escalate_after: 366 * 86_400 }, '/escalate_after too_large'],
  ['an escalation that no number can hold', { escalate_after: 1e300 }, '/escalate_after too_large'],
  ['more fallbacks than channels', { fallback_channels: ['sms', 'sms', 'sms', 'sms'] }, '/fallback_channels too_many'],
  ['a name of a person that is too long', { recipient: { name: 'x'.repeat(201) } }, '/recipient/name too_long'],
  [
    'an external id that is too long',
    { recipient: { external_id: 'x'.repeat(256) } },
    '/recipient/external_id too_long',
  ],
  ['an empty external id', { recipient: { external_id: '' } }, '/recipient/external_id too_short'],
  ['an empty reference to a recipient', { recipient: '' }, '/recipient too_short'],
])('a message with %s is refused', async (_what, more, fault) => {
  expect(await refusedMessage(service, { ...FULL_EMAIL, ...more })).toEqual(badRequest(fault));
});

const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));

test.each([
  ['21 entries', fields(21), '/metadata too_many'],
  ['a value of 501 characters', { order: 'x'.repeat(501) }, '/metadata/order too_long'],
  ['a name of 41 characters', { ['x'.repeat(41)]: 'v' }, `/metadata/${'x'.repeat(41)} unknown_field`],
  ['an empty name', { '': 'v' }, '/metadata/ unknown_field'],
])('metadata with %s is refused', async (_what, metadata, fault) => {
  expect(await refusedMessage(service, { ...FULL_EMAIL, metadata })).toEqual(badRequest(fault));
});

test('metadata comes back as it was given', async () => {
  const metadata = { ...fields(17), 'a.b': 'x'.repeat(500), 'naïve 😀': '', ['x'.repeat(40)]: '日本' };
  const { json } = await service.request('GET', `/api/messages/${await service.sent({ ...FULL_EMAIL, metadata })}/`);
  expect(json.metadata).toEqual(metadata);
});
