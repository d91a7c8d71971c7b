import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RequestOptions, type Service, startService } from '../support/service.ts';
import { FULL_EMAIL, TEMPLATE } from './bodies.ts';

let service: Service;
let messageId: string;
let templateId: string;

beforeAll(async () => {
  service = await startService();
  messageId = await service.sent(FULL_EMAIL);
  templateId = (await service.request('POST', '/api/templates/', { body: TEMPLATE })).json.id;
});
afterAll(() => service.close());

const RUNS = { numRuns: 60 };
/** Any JSON, with texts of any code units, lone surrogates and NUL among them. */
const anything = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });

/** Fields of a right body, some of them with something else in them, and perhaps one more. */
function spoilt(body: object): fc.Arbitrary<object> {
  const others = fc.dictionary(fc.constantFrom(...Object.keys(body)), anything, { maxKeys: 3 });
  const left = fc.subarray(Object.keys(body), { minLength: 1 });
  return fc
    .tuple(left, others, fc.dictionary(fc.string({ unit: 'binary' }), anything, { maxKeys: 1 }))
    .map(([kept, wrong, more]) => ({
      ...Object.fromEntries(Object.entries(body).filter(([name]) => kept.includes(name))),
      ...wrong,
      ...more,
    }));
}

/** Answers are also checked against the document, so that each is a described success or a problem. */
async function isNoFault(method: 'GET' | 'POST' | 'PUT', url: string, options: RequestOptions): Promise<void> {
  const { status, text } = await service.request(method, url, options);
  if (status >= 500) throw new Error(`${status} ${text}`);
}

const urls: Record<string, ['POST' | 'PUT', () => string, object]> = {
  'a new message': ['POST', () => '/api/messages/', FULL_EMAIL],
  'a changed message': ['PUT', () => `/api/messages/${messageId}/`, { content: 'Hello', priority: 'low' }],
  'another channel': ['POST', () => `/api/messages/${messageId}/switch-channel/`, { channel: 'sms' }],
  'a bulk action': [
    'POST',
    () => '/api/bulk-actions/',
    { action: 'switch_channel', channel: 'sms', note: 'x', filter: { status: 'failed', 'metadata.order': '7' } },
  ],
  'a new template': ['POST', () => '/api/templates/', TEMPLATE],
  'a changed template': ['PUT', () => `/api/templates/${templateId}/`, TEMPLATE],
  'a recipient': ['POST', () => '/api/recipients/', FULL_EMAIL.recipient],
  'a key': ['POST', () => '/api/keys/', { name: 'shop', scopes: ['messages:read'], expires_at: null }],
};

test.each(Object.keys(urls))('no JSON for %s is a fault of the service', async (name) => {
  const [method, url, body] = urls[name] ?? ['POST', () => '/', {}];
  const check = fc.asyncProperty(fc.oneof(anything, spoilt(body), spoilt(body)), async (value) =>
    isNoFault(method, url(), { body: value }),
  );
  await fc.assert(check, RUNS);
});

test('no bytes for a message are a fault of the service', async () => {
  const check = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) =>
    isNoFault('POST', '/api/messages/', { raw: Buffer.from(bytes) }),
  );
  await fc.assert(check, RUNS);
});

test('no Liquid is a fault of the service', async () => {
  const pieces = fc.constantFrom(
    ...['{{', '}}', '{%', '%}', ' name ', '|', 'default:', '"x"', "'", 'if', 'endif', 'for', 'in', '(1..9)', 'endfor'],
    ...['assign', '=', '.', '[', ']', 'date:', 'upcase', '-', 'raw', 'endraw', 'case', 'when', '\n', '😀', '9', 'nil'],
  );
  const check = fc.asyncProperty(fc.array(pieces, { maxLength: 20 }), anything, async (source, name) =>
    isNoFault('POST', '/api/messages/', {
      body: { ...FULL_EMAIL, content: source.join(' '), subject: source.join(''), variables: { name } },
    }),
  );
  await fc.assert(check, { numRuns: 150 });
});

test('no filter of a list is a fault of the service', async () => {
  const name = fc.constantFrom(
    ...[
      'status',
      'channel',
      'recipient',
      'batch_id',
      'template_id',
      'error_code',
      'created_after',
      'sent_before',
      'metadata.a',
    ],
    ...['cursor', 'limit', 'a'],
  );
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  );
  const check = fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 3 }), async (filters) =>
    isNoFault('GET', `/api/messages/?${new URLSearchParams(filters)}`, {}),
  );
  await fc.assert(check, RUNS);
});

test('no moment that can be written is a fault of the service', async () => {
  const two = (max: number) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
  const moment = fc
    .tuple(
      fc.integer({ min: 0, max: 9999 }),
      two(13),
      two(32),
      two(24),
      two(60),
      fc.constantFrom('Z', '+23:59', '-23:59'),
    )
    .map(
      ([year, month, day, hour, minute, zone]) =>
        `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:00${zone}`,
    );
  const check = fc.asyncProperty(moment, moment, async (sendAt, expiresAt) =>
    isNoFault('POST', '/api/messages/', { body: { ...FULL_EMAIL, send_at: sendAt, expires_at: expiresAt } }),
  );
  await fc.assert(check, RUNS);
});

test.each([
  ['9999-12-31T23:59:59-23:59', '/send_at'],
  ['0000-01-01T00:00:00Z', '/send_at'],
])('the moment %s, which has no four digits in UTC or is long past, is refused', async (sendAt, pointer) => {
  const { status, json } = await service.send({ ...FULL_EMAIL, send_at: sendAt, expires_at: undefined });
  expect([status, json.errors?.[0].pointer]).toEqual([400, pointer]);
});
