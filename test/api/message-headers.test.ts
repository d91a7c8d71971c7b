import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, SMS } from './bodies.ts';
import { badRequest, refusedMessage } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test.each([
  ['one of ours', { From: 'ceo@example.com' }, '/headers/From header_not_allowed'],
  ['one that mail software acts on', { 'X-Spam-Flag': 'NO' }, '/headers/X-Spam-Flag header_not_allowed'],
  ['a second line', { 'X-Order': '7\r\nBcc: eve@example.com' }, '/headers/X-Order invalid_header'],
  ['another header in its name', { 'X-A: 1\r\nBcc': 'eve@example.com' }, '/headers/X-A: 1\r\nBcc unknown_field'],
  ['a name with a slash and a tilde', { 'X/~': '7' }, '/headers/X~1~0 invalid_header'],
  ['one that is there twice', { 'X-Id': '1', 'x-id': '2' }, '/headers/x-id duplicate_header'],
])('a header with %s is refused by its name', async (_what, headers, fault) => {
  expect(await refusedMessage(service, { ...EMAIL, headers })).toEqual(badRequest(fault));
});

test('all faulty headers are reported at once', async () => {
  const headers = { Bcc: 'eve@example.com', 'X-Order': '7', 'X-Größe': 'L' };
  const faults = ['/headers/Bcc header_not_allowed', '/headers/X-Größe invalid_header'];
  expect(await refusedMessage(service, { ...EMAIL, headers })).toEqual(badRequest(...faults));
});

test.each([
  ['too many headers', Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-${index}`, '1']))],
  ['a header that is no text', { 'X-Order': 7 }],
  ['a list in place of headers', ['X-Order: 7']],
])('%s are refused', async (_what, headers) => {
  const { status, faults, written } = await refusedMessage(service, { ...EMAIL, headers });
  expect([status, faults.every((fault) => fault.startsWith('/headers')), written]).toEqual([400, true, []]);
});

test('headers are refused where no email is sent', async () => {
  const outcome = await refusedMessage(service, { ...SMS, headers: { 'X-Order': '7' } });
  expect(outcome).toEqual(badRequest('/headers not_for_channel'));
});

test('headers that may be added are taken', async () => {
  const headers = { 'X-Order': '7', 'In-Reply-To': '<1@example.com>', 'List-Id': 'Orders <orders.example.com>' };
  expect((await service.send({ ...EMAIL, headers })).status).toBe(201);
});
