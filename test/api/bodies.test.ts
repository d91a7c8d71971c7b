import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ bodyLimitBytes: 2_000_000 });
});
afterAll(() => service.close());

const post = (raw: string | Buffer, headers: Record<string, string> = {}) =>
  service.request('POST', '/api/messages/', { raw, headers });
const refusedRaw = (raw: string | Buffer, headers: Record<string, string> = {}) =>
  refusal(service, 'POST', '/api/messages/', { raw, headers });
const message = (more: string) => `{"recipient":{"email":"ada@example.com"},"channel":"email",${more}}`;
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test.each([
  ['broken JSON', '{"channel": ', 'invalid_json'],
  ['two values', '{} {}', 'invalid_json'],
  ['JavaScript instead of JSON', "{channel: 'email'}", 'invalid_json'],
  ['NaN', message('"content":NaN'), 'invalid_json'],
  ['nothing but a space', ' ', 'invalid_json'],
  ['bytes that are no UTF-8', Buffer.from(message('"content":"caf\xe9"'), 'latin1'), 'invalid_utf8'],
  ['a surrogate encoded as UTF-8', Buffer.from(message('"content":"\xed\xa0\x80"'), 'latin1'), 'invalid_utf8'],
  ['a prototype', message('"content":"x","__proto__":{"a":1}'), 'invalid_json'],
  ['a prototype among the variables', message('"content":"x","variables":{"__proto__":{"a":1}}'), 'invalid_json'],
  [
    'a constructor with a prototype',
    message('"content":"x","variables":{"constructor":{"prototype":{"a":1}}}'),
    'invalid_json',
  ],
])('a body with %s is refused', async (_what, raw, code) => {
  const { status, json } = await post(raw);
  expect([status, json.code]).toEqual([400, code]);
});

test.each([
  ['nothing', ''],
  ['an array', '[]'],
  ['null', 'null'],
  ['a number', '7'],
  ['a text', '"text"'],
  ['true', 'true'],
])('a body that is %s is refused', async (_what, raw) => {
  const { status, written } = await refusedRaw(raw);
  expect({ status, written }).toEqual({ status: 400, written: [] });
});

test.each([
  ['in the content', message(String.raw`"content":"a\u0000b"`), '/content'],
  ['in a name', message(String.raw`"content":"x","recipient":{"name":"\u0000"}`), '/recipient/name'],
  ['in a variable', message(String.raw`"content":"x","variables":{"a":["\u0000"]}`), '/variables/a/0'],
  ['in the name of a variable', message(String.raw`"content":"x","variables":{"a\u0000":1}`), '/variables'],
  ['in metadata', message(String.raw`"content":"x","metadata":{"a":"\u0000"}`), '/metadata/a'],
  ['in a name of metadata', message(String.raw`"content":"x","metadata":{"\u0000":"a"}`), '/metadata'],
  ['in an unknown field', message(String.raw`"content":"x","y":"\u0000"`), '/y'],
  ['in the name of a field', message(String.raw`"content":"x","\u0000":1`), ''],
])('a NUL %s is refused', async (_where, raw, pointer) => {
  expect(await refusedRaw(raw)).toEqual(badRequest(`${pointer} unsafe_text`));
});

test.each([
  ['a lone high surrogate', String.raw`\ud800`],
  ['a lone low surrogate', String.raw`\udc00`],
  ['surrogates the wrong way round', String.raw`\udc00\ud800`],
])('%s is refused', async (_what, escaped) => {
  expect(await refusedRaw(message(`"content":"${escaped}"`))).toEqual(badRequest('/content unsafe_text'));
});

test('a pair of surrogates is one character', async () => {
  const { json } = await post(message(String.raw`"content":"\ud83d\ude00"`));
  expect(json.content).toBe('😀');
});

test.each([
  ['NUL', String.raw`"\u0000"`],
  ['lone surrogates', String.raw`"\ud800"`],
])('a template with %s is refused', async (_what, text) => {
  const raw = `{"name":"t","channel":"email","content":${text}}`;
  expect(await refusal(service, 'POST', '/api/templates/', { raw })).toEqual(badRequest('/content unsafe_text'));
});

test.each([100, 10_000, 500_000])('variables that are nested %i levels deep are refused', async (levels) => {
  const { status, written } = await refusedRaw(message(`"content":"x","variables":{"a":${nested(levels)}}`), {
    'idempotency-key': `nested-${levels}`,
  });
  expect({ status, written }).toEqual({ status: 400, written: [] });
});

test.each([100, 10_000])('defaults of a template that are nested %i levels deep are refused', async (levels) => {
  const variables = `{"a":{"type":"list","default":${nested(levels)}}}`;
  const raw = `{"name":"t","channel":"email","content":"x","variables":${variables}}`;
  const { status, written } = await refusal(service, 'POST', '/api/templates/', { raw });
  expect({ status, written }).toEqual({ status: 400, written: [] });
});

test('variables that are nested twenty levels deep are taken', async () => {
  const { status } = await post(message(`"content":"x","variables":{"a":${nested(20)}}`));
  expect(status).toBe(201);
});

test.each(['1e400', '-1e400'])('the number %s, which JavaScript cannot hold, is refused', async (number) => {
  const raw = message(`"content":"{{ a }}","variables":{"a":${number}}`);
  expect(await refusedRaw(raw)).toEqual(badRequest('/variables/a number_too_large'));
});

test('of a name that comes twice the last value counts', async () => {
  const { json } = await post(message('"content":"first","content":"last"'));
  expect(json.content).toBe('last');
});

test('a byte order mark does not matter', async () => {
  expect((await post(`\ufeff${JSON.stringify(EMAIL)}`)).status).toBe(201);
});

test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'a body of type %s is refused',
  async (type) => {
    const { status, faults, written } = await refusedRaw(JSON.stringify(EMAIL), { 'content-type': type });
    expect({ status, faults, written }).toEqual({ status: 415, faults: [], written: [] });
  },
);

test('a JSON body with a character set is taken', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  expect((await post(JSON.stringify(EMAIL), headers)).status).toBe(201);
});

test('a body over the limit is refused', async () => {
  const { status, written } = await refusedRaw(message(`"content":"${'x'.repeat(2_000_000)}"`));
  expect({ status, written }).toEqual({ status: 413, written: [] });
});

test.each([
  ['no UUID', '/api/messages/abc/'],
  ['a number', '/api/messages/1/'],
  ['a UUID with a brace', '/api/messages/%7B00000000-0000-7000-8000-000000000000%7D/'],
  ['NUL', '/api/messages/%00/'],
  ['a quote', "/api/messages/'%20or%20'1'='1/"],
  ['a broken escape', '/api/messages/%E0%A4%A/'],
  ['5,000 characters', `/api/messages/${'a'.repeat(5000)}/`],
])('an id with %s in a path is refused', async (_what, url) => {
  const { status, headers } = await service.request('GET', url);
  expect([status, headers['content-type']]).toEqual([400, expect.stringMatching(/^application\/problem\+json\b/)]);
});
