import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureWork } from '../../src/templates/work-time.ts';
import { type RequestOptions, type Service, startService } from '../support/service.ts';
import { EMAIL, NO_ID } from './bodies.ts';

/*
 * Every route of the description, with requests that grow to four times their size. Work that grows with the size
 * becomes four times as much; work that grows with its square, sixteen times.
 */

interface Schema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly anyOf?: readonly Schema[];
}
interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly fields: readonly string[];
  readonly hasBody: boolean;
}

const SMALL = 10_000;
const GROWTH = 4;
/** Between four and sixteen. */
const MOST_WORK = 8;
/** Milliseconds below which nothing is compared, because other things count for more. */
const FLOOR = 15;
const TRIES = 3;
/** Bytes of an answer; a batch tells of each of its thousand items. */
const LARGEST_ANSWER = 64 * 1024;
const LARGEST_BATCH_ANSWER = 1024 * 1024;

const service: Service = await startService();
const operations = describedOperations();
beforeAll(async () => {
  await service.sent(EMAIL);
});
afterAll(() => service.close());

/** Bodies, as JSON, by what grows in them; `size` is about the number of values, and of tens of characters. */
const BODIES: Record<string, (fields: readonly string[], size: number) => string> = {
  'many names': (_fields, size) => JSON.stringify(names(size)),
  'many names in each field': (fields, size) => inEach(fields, JSON.stringify(names(size / fields.length))),
  'long lists of numbers': (fields, size) => inEach(fields, JSON.stringify(list(size / fields.length, 1))),
  'long lists of objects': (fields, size) => inEach(fields, JSON.stringify(objects(size / fields.length))),
  'long texts': (fields, size) => inEach(fields, JSON.stringify('x'.repeat((10 * size) / fields.length))),
  'long texts of spaces': (fields, size) => inEach(fields, JSON.stringify(' '.repeat((10 * size) / fields.length))),
  'long texts of Liquid': (fields, size) => inEach(fields, JSON.stringify('{{ a }}'.repeat(size / fields.length))),
  'deep nesting': (fields, size) => inEach(fields, nested(size / fields.length)),
  'a list as the body': (_fields, size) => JSON.stringify(list(size, 1)),
  'a list of objects as the body': (_fields, size) => JSON.stringify(objects(size)),
};

const withBodies = operations.filter(({ hasBody }) => hasBody);

describe.each(Object.keys(BODIES))('%s', (kind) => {
  test.each(withBodies.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'cost no more than they weigh at %s, and the answer stays small',
    async (_name, { method, path, fields }) => {
      const bodyOf = BODIES[kind] as (typeof BODIES)[string];
      const outcome = await grow((size) => ({ method, path, options: { raw: bodyOf(fields, size) } }));
      expect(outcome).toEqual({ isServed: true, isLinear: true, isSmall: true });
    },
  );
});

test.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  'a long query costs no more than it weighs at %s',
  async (_name, { method, path }) => {
    const query = (size: number) => list(size / 10, 0).map((_, index) => `metadata.n${index}=${index}&a`);
    const outcome = await grow((size) => ({ method, path: `${path}?${query(size).join('&')}`, options: {} }));
    expect(outcome).toEqual({ isServed: true, isLinear: true, isSmall: true });
  },
);

describe.each(['/api/webhooks/twilio/status/', '/api/webhooks/twilio/inbound/', '/u/token', '/a/token'])(
  '%s',
  (path) => {
    test.each([
      ['many names', (size: number) => Object.keys(names(size)).join('=&')],
      ['one name many times', (size: number) => 'a=1&'.repeat(size)],
      ['a long value', (size: number) => `a=${'x'.repeat(size * 10)}`],
      ['escapes', (size: number) => '%41'.repeat(size)],
    ])('a form of %s costs no more than it weighs', async (_what, form) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'AAAA' };
      const outcome = await grow((size) => ({
        method: 'POST',
        path,
        options: { key: null, raw: form(size), headers },
      }));
      expect(outcome).toEqual({ isServed: true, isLinear: true, isSmall: true });
    });
  },
);

test.each([
  ['many lines', (size: number) => `From: a\r\n\r\n${'x\r\n'.repeat(size)}`],
  ['many header fields', (size: number) => `${'X: y\r\n'.repeat(size)}\r\nx`],
  ['many addresses', (size: number) => `To: ${'a@example.com, '.repeat(size)}\r\n\r\nx`],
  ['many parts', (size: number) => `Content-Type: multipart/report; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(size)}`],
  ['encoded words', (size: number) => `Subject: ${'=?utf-8?q?=41?= '.repeat(size)}\r\n\r\nx`],
  ['parameters', (size: number) => `Content-Type: text/plain${'; a*0*=b'.repeat(size)}\r\n\r\nx`],
])('a mail of %s costs no more than it weighs', async (_what, mail) => {
  const headers = { 'content-type': 'message/rfc822' };
  const path = '/api/webhooks/email/bounce/';
  const outcome = await grow((size) => ({ method: 'POST', path, options: { key: null, raw: mail(size), headers } }));
  expect(outcome).toEqual({ isServed: true, isLinear: true, isSmall: true });
});

interface Request {
  readonly method: Operation['method'];
  readonly path: string;
  readonly options: RequestOptions;
}

async function grow(request: (size: number) => Request) {
  const small = await leastWork(request(SMALL));
  const large = await leastWork(request(SMALL * GROWTH));
  const largest = large.path.startsWith('/api/messages/batch/') ? LARGEST_BATCH_ANSWER : LARGEST_ANSWER;
  return {
    isServed: large.status < 500,
    isLinear: large.work <= MOST_WORK * Math.max(small.work, FLOOR),
    isSmall: large.bytes < largest,
  };
}

/** Of this thread, which is that of the service. */
async function leastWork({ method, path, options }: Request) {
  const tries: { path: string; status: number; bytes: number; work: number }[] = [];
  for (let count = 0; count < TRIES; count += 1) {
    const workSince = measureWork();
    const { status, text } = await ask(method, path, options);
    tries.push({ path, status, bytes: Buffer.byteLength(text), work: workSince() });
  }
  return tries.reduce((least, one) => (one.work < least.work ? one : least));
}

/** Pages of links are not in the description that other answers are checked against. */
async function ask(method: Operation['method'], path: string, options: RequestOptions) {
  if (path.startsWith('/api/')) return await service.request(method, path, options);
  const { statusCode: status, body: text } = await service.app.inject({
    ...{ method, url: path },
    ...(options.raw !== undefined && { payload: options.raw }),
    ...(options.headers !== undefined && { headers: options.headers }),
  });
  return { status, text };
}

function describedOperations(): Operation[] {
  const { paths } = service.app.swagger() as unknown as { paths: Record<string, Record<string, object>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]) => {
      const method = name.toUpperCase() as Operation['method'];
      const fields = fieldsOf(operation as Parameters<typeof fieldsOf>[0]);
      return { method, path: filled(path), fields, hasBody: method === 'POST' || method === 'PUT' };
    }),
  );
}

/** Names of the fields of a body; any name where it has none. */
function fieldsOf({ requestBody }: { requestBody?: { content: Record<string, { schema?: Schema }> } }): string[] {
  const { properties, anyOf } = requestBody?.content['application/json']?.schema ?? {};
  const fields = properties ?? anyOf?.find((branch) => branch.properties !== undefined)?.properties ?? { a: {} };
  return Object.keys(fields);
}

function filled(path: string): string {
  return path
    .replace('{version}', '1')
    .replace('{name}', 'welcome')
    .replaceAll(/\{\w+\}/g, NO_ID);
}

function inEach(fields: readonly string[], value: string): string {
  return `{${fields.map((field) => `${JSON.stringify(field)}:${value}`).join(',')}}`;
}

function names(count: number): Record<string, number> {
  return Object.fromEntries(list(count, 0).map((_, index) => [`n${index}`, 1]));
}

/** Of about so many values. */
function objects(count: number): object[] {
  return list(count / 3, { a: 1, b: [] });
}

function list<Item>(count: number, item: Item): Item[] {
  return Array.from({ length: Math.floor(count) }, () => item);
}

function nested(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`;
}
