import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, SMS } from './bodies.ts';
import { badRequest, refusedMessage } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const FILE = { filename: 'a.txt', content_type: 'text/plain', content_base64: 'aGVsbG8=' };
const withFile = (more: object) => ({ ...EMAIL, attachments: [{ ...FILE, ...more }] });
const withSize = (bytes: number) => withFile({ content_base64: Buffer.alloc(bytes).toString('base64') });

test.each([
  ['a slash', '../../etc/passwd'],
  ['a backslash', '..\\boot.ini'],
  ['a line break', 'a.txt\r\nContent-Type: text/html'],
  ['a control character', 'a\u0007.txt'],
  ['only spaces', '   '],
])('a file name with %s is refused', async (_what, filename) => {
  const outcome = await refusedMessage(service, withFile({ filename }));
  expect(outcome).toEqual(badRequest('/attachments/0/filename invalid_filename'));
});

test.each([
  ['an empty file name', { filename: '' }, 'filename too_short'],
  ['a file name that is too long', { filename: 'x'.repeat(256) }, 'filename too_long'],
  ['a media type without a subtype', { content_type: 'text' }, 'content_type invalid_media_type'],
  ['another header', { content_type: 'text/plain\r\nX: 1' }, 'content_type invalid_media_type'],
  ['characters that are not base64', { content_base64: 'aGVsbG8*' }, 'content_base64 invalid_base64'],
  ['base64 of the URL alphabet', { content_base64: 'a-_b' }, 'content_base64 invalid_base64'],
  ['base64 without its padding', { content_base64: 'aGVsbG8' }, 'content_base64 invalid_base64'],
  ['padding in the middle', { content_base64: 'aG=sbG8=' }, 'content_base64 invalid_base64'],
  ['a data URL', { content_base64: 'data:text/plain;base64,aGVsbG8=' }, 'content_base64 invalid_base64'],
])('an attachment with %s is refused', async (_what, more, fault) => {
  expect(await refusedMessage(service, withFile(more))).toEqual(badRequest(`/attachments/0/${fault}`));
});

test.each(['résumé.pdf', '請求書 2026.pdf', 'مستند.pdf', '😀.png', 'o\'neil "draft"; v2.txt', 'x'.repeat(255)])(
  'the file name %j is taken',
  async (filename) => {
    expect((await service.send(withFile({ filename }))).status).toBe(201);
  },
);

test.each([
  ['an empty file', { content_base64: '' }],
  ['base64 on several lines', { content_base64: 'aGVs\r\nbG8=\r\n' }],
  ['a media type with a character set', { content_type: 'text/plain; charset=utf-8' }],
])('%s is taken', async (_what, more) => {
  expect((await service.send(withFile(more))).status).toBe(201);
});

test('the faults of all attachments are reported at once', async () => {
  const attachments = [{ ...FILE, filename: 'a/b' }, FILE, { ...FILE, content_base64: '*' }];
  const faults = ['/attachments/0/filename invalid_filename', '/attachments/2/content_base64 invalid_base64'];
  expect(await refusedMessage(service, { ...EMAIL, attachments })).toEqual(badRequest(...faults));
});

test('eleven attachments are too many', async () => {
  const body = { ...EMAIL, attachments: Array.from({ length: 11 }, () => FILE) };
  expect(await refusedMessage(service, body)).toEqual(badRequest('/attachments attachments_too_large'));
});

test('one byte more than ten megabytes, decoded, is too large', async () => {
  const outcome = await refusedMessage(service, withSize(10_000_001));
  expect(outcome).toEqual(badRequest('/attachments attachments_too_large'));
});

test('ten megabytes, decoded, are taken', async () => {
  expect((await service.send(withSize(10_000_000))).status).toBe(201);
});

test('a text message takes no attachment', async () => {
  const outcome = await refusedMessage(service, { ...SMS, attachments: [FILE] });
  expect(outcome).toEqual(badRequest('/attachments not_for_channel'));
});

test('what is stored of an attachment cannot be read in the database', async () => {
  const id = await service.sent(withFile({ filename: 'payslip-of-ada.txt' }));
  const [row] = await service.db.selectFrom('attachments').selectAll().where('message_id', '=', id).execute();
  const stored = Buffer.concat([row?.details_sealed ?? Buffer.alloc(0), row?.content_sealed ?? Buffer.alloc(0)]);
  expect([row?.size, stored.includes('payslip'), stored.includes('hello')]).toEqual([5, false, false]);
});

test('an image for the HTML that does not show it is taken with a warning', async () => {
  const image = { content_type: 'image/png', content_id: 'logo' };
  const { status, json } = await service.send({ ...withFile(image), html: '<p>Hello</p>' });
  const warning = expect.objectContaining({ pointer: '/attachments/0/content_id', code: 'content_id_unused' });
  expect([status, json.warnings]).toEqual([201, [warning]]);
});
