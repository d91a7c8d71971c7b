import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureWork } from '../../src/templates/work-time.ts';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE } from './bodies.ts';

/** Milliseconds of work of one request that a process may be held up for, with room for a busy machine. */
const BOUND = 500;

let service: Service;

beforeAll(async () => {
  service = await startService();
  // The first message loads what the later ones need.
  await service.sent({
    ...EMAIL,
    content: '{{ a }}',
    variables: { a: 1 },
    html: '<style>b{color:red}</style><b>a</b>',
  });
});
afterAll(() => service.close());

async function measured(path: string, raw: string | Buffer, headers: Record<string, string> = {}) {
  const workSince = measureWork();
  const { status, json, text } = await service.request('POST', path, { raw, headers });
  const faults: { pointer: string; code: string }[] = json?.errors ?? [];
  return { status, json, faults, bytes: Buffer.byteLength(text), work: workSince() };
}

const times = <Item>(count: number, item: (index: number) => Item) => Array.from({ length: count }, (_, n) => item(n));
const byName = (count: number) => Object.fromEntries(times(count, (index) => [`n${index}`, 1]));

describe('a form of a webhook', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'AAAA' };
  const names = (count: number) => times(count, (index) => `n${index}=`).join('&');

  test.each([
    ['of 20,000 names', names(20_000)],
    ['of 201 names', names(201)],
    ['of one name 201 times', times(201, () => 'a=').join('&')],
    ['of ampersands', '&'.repeat(60_000)],
    ['of more than 64 KB', `a=${'x'.repeat(64 * 1024)}`],
  ])('%s is refused before its signature is looked at', async (_what, form) => {
    for (const path of ['/api/webhooks/twilio/status/', '/api/webhooks/twilio/inbound/']) {
      const { status, work } = await measured(path, form, headers);
      expect({ status, isCheap: work < BOUND }).toEqual({ status: 413, isCheap: true });
    }
  });

  test.each([
    ['200 names', names(200)],
    ['64 KB', `a=${'x'.repeat(64 * 1024 - 2)}`],
  ])('of %s is read', async (_what, form) => {
    expect((await measured('/api/webhooks/twilio/status/', form, headers)).status).toBe(403);
  });
});

describe('a list or a map that is much too large', () => {
  test.each([
    [
      'fallback channels',
      '/api/messages/',
      { ...EMAIL, fallback_channels: times(32_000, () => 1) },
      '/fallback_channels',
    ],
    ['attachments', '/api/messages/', { ...EMAIL, attachments: times(30_000, () => ({})) }, '/attachments'],
    ['metadata', '/api/messages/', { ...EMAIL, metadata: byName(45_000) }, '/metadata'],
    ['variables', '/api/messages/', { ...EMAIL, variables: byName(45_000) }, '/variables'],
    ['items of a variable', '/api/messages/', { ...EMAIL, variables: { a: times(90_000, () => 1) } }, '/variables/a'],
    [
      'items of a list in a variable',
      '/api/messages/',
      { ...EMAIL, variables: { a: [times(90_000, () => 1)] } },
      '/variables/a/0',
    ],
    ['headers', '/api/messages/', { ...EMAIL, headers: byName(45_000) }, '/headers'],
    ['opt-outs', '/api/recipients/', { email: 'a@example.com', opt_outs: times(40_000, () => byName(1)) }, '/opt_outs'],
    ['scopes', '/api/keys/', { name: 'a', scopes: times(90_000, () => 'messages:read') }, '/scopes'],
    ['messages of a batch', '/api/messages/batch/', { messages: times(90_000, () => 1) }, '/messages'],
    ['locales', '/api/templates/', { name: 'a', channel: 'sms', content: 'x', locales: byName(45_000) }, '/locales'],
    ['filters', '/api/bulk-actions/', { action: 'cancel', filter: byName(45_000) }, '/filter'],
  ])('is named once: %s', async (_what, path, body, pointer) => {
    const { status, faults, bytes, work } = await measured(path, JSON.stringify(body));
    expect(faults).toContainEqual(expect.objectContaining({ pointer, code: 'too_many' }));
    expect({ status, isSmall: bytes < 64_000, isCheap: work < BOUND }).toEqual({
      ...{ status: 400, isSmall: true, isCheap: true },
    });
  });

  const open = JSON.stringify({ ...EMAIL, content: 'x' }).slice(0, -1);

  test.each([
    ['300,000 attachments', `${open},"attachments":[${'{},'.repeat(299_999)}{}]}`],
    ['13.5 MB of attachments', `${open},"attachments":[${'{},'.repeat(4_499_999)}{}]}`],
    ['a million names', `{${'"a":1,'.repeat(1_000_000)}"a":1}`],
    ['10 MB of brackets', '['.repeat(10_000_000)],
  ])('is not even parsed: %s', async (_what, raw) => {
    const { status, faults, work } = await measured('/api/messages/', raw);
    expect({ status, faults, isCheap: work < BOUND }).toEqual({
      ...{ status: 400, isCheap: true },
      faults: [expect.objectContaining({ pointer: '', code: 'too_many' })],
    });
  });

  test('in a batch spoils its own message only', async () => {
    const items = [{ ...EMAIL, fallback_channels: times(5_000, () => 1) }, EMAIL];
    const { json } = await measured('/api/messages/batch/', JSON.stringify(items));
    const [first, second] = json.results;
    expect(first.error.errors).toContainEqual(
      expect.objectContaining({ pointer: '/fallback_channels', code: 'too_many' }),
    );
    expect(second.message.status).toBe('pending');
  });
});

describe('of many faults', () => {
  test.each([
    ['unknown fields', '/api/messages/', { ...EMAIL, content: 'x', ...byName(150) }],
    ['wrong metadata', '/api/templates/', { name: 'a', channel: 'sms', content: 'x', variables: byName(150) }],
    ['unknown fields of a recipient', '/api/recipients/', byName(40_000)],
    ['opt-outs', '/api/recipients/', { email: 'a@example.com', opt_outs: times(50, () => byName(3)) }],
  ])('a hundred are named, and that there are more: %s', async (_what, path, body) => {
    const { faults, json } = await measured(path, JSON.stringify(body));
    expect(faults).toHaveLength(100);
    expect(json.detail).toMatch(/The first 100 are named, and more were found\.$/);
  });

  test('all are named where they are no more than a hundred', async () => {
    const { faults, json } = await measured(
      '/api/messages/',
      JSON.stringify({ ...EMAIL, content: 'x', ...byName(100) }),
    );
    expect(faults).toHaveLength(100);
    expect(json.detail).not.toContain('more were found');
  });

  test('with long names, as many are named as fit into a small answer', async () => {
    const unknown = Object.fromEntries(times(300, (index) => [`${index}${'😀'.repeat(5_000)}`, 1]));
    const { faults, bytes } = await measured('/api/messages/', JSON.stringify({ ...EMAIL, ...unknown }));
    expect({ hasSome: faults.length > 10, isSmall: bytes < 64_000 }).toEqual({ hasSome: true, isSmall: true });
  });

  test('in a batch of a thousand, each message tells of some', async () => {
    const items = times(1_000, () => ({ ...EMAIL, ...byName(40) }));
    const { json, bytes } = await measured('/api/messages/batch/', JSON.stringify(items));
    const named: number[] = json.results.map(({ error }: { error: { errors: object[] } }) => error.errors.length);
    expect({ least: Math.min(...named), isSmall: bytes < 1_000_000 }).toEqual({ least: 1, isSmall: true });
  });
});

describe('content that would take for ever', () => {
  const LOOP = '{% for i in (1..9000000) %}{% endfor %}';
  const list = times(9_000, (index) => `item ${index}`);
  const missing = times(5_000, (index) => `{{ v${index} }}`).join('');
  const everywhere = { recipient: EVERYWHERE, channel: 'email', fallback_channels: ['sms', 'whatsapp'] };

  test.each([
    ['a loop', { ...EMAIL, content: LOOP, variables: {} }],
    [
      'a loop in each part, on each channel',
      { ...everywhere, content: LOOP, subject: LOOP, html: LOOP, variables: {} },
    ],
    ['a loop before thousands of missing variables', { ...EMAIL, content: LOOP + missing, variables: {} }],
    ['outputs of a long list', { ...EMAIL, content: '{{ a }}'.repeat(14_000), variables: { a: list } }],
    ['filters in a row', { ...EMAIL, content: `{{ a ${'| sort | reverse '.repeat(4_000)}}}`, variables: { a: list } }],
    [
      'selectors',
      { ...EMAIL, content: 'x', html: `<style>${'b{color:red}'.repeat(5_000)}</style>${'<b></b>'.repeat(1_600)}` },
    ],
  ])('is refused before others have to wait: %s', async (_what, body) => {
    const { status, faults, work } = await measured('/api/messages/', JSON.stringify(body));
    expect({ status, codes: [...new Set(faults.map(({ code }) => code))], isCheap: work < BOUND }).toEqual({
      ...{ status: 400, codes: ['limit_exceeded'], isCheap: true },
    });
  });

  test('costs no more on three channels than on one', async () => {
    const body = { ...everywhere, content: LOOP, variables: {} };
    expect((await measured('/api/messages/preview/', JSON.stringify(body))).work).toBeLessThan(BOUND);
  });
});

test.each([
  [
    'a file of spaces',
    {
      ...EMAIL,
      content: 'x',
      attachments: [{ filename: 'a.pdf', content_type: 'application/pdf', content_base64: 'A '.repeat(7_000_000) }],
    },
  ],
  ['a moment', { ...EMAIL, content: 'x', send_at: 't'.repeat(14_000_000) }],
  ['a name', { ...EMAIL, content: 'x', ['n'.repeat(14_000_000)]: 1 }],
  ['a content', { ...EMAIL, content: '😀'.repeat(3_500_000) }],
])('%s of fourteen megabytes costs little', async (_what, body) => {
  const { status, bytes, work } = await measured('/api/messages/', JSON.stringify(body));
  expect({ isServed: status < 500, isSmall: bytes < 64_000, isCheap: work < 2 * BOUND }).toEqual({
    ...{ isServed: true, isSmall: true, isCheap: true },
  });
});
