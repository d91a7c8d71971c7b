import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, SMS, WHATSAPP } from './bodies.ts';
import { badRequest, refusedMessage } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const toEmail = (email: string) => ({ ...EMAIL, recipient: { email } });
const toPhone = (phone: string) => ({ ...SMS, recipient: { phone } });

test.each([
  ['an unknown channel', { ...EMAIL, channel: 'fax' }, '/channel unknown_value'],
  ['an unknown fallback', { ...EMAIL, fallback_channels: ['fax'] }, '/fallback_channels/0 unknown_value'],
  ['no channel', { recipient: EVERYWHERE, content: 'Hello' }, '/channel required'],
  ['no recipient', { channel: 'email', content: 'Hello' }, '/recipient required'],
  ['an unknown recipient', { ...EMAIL, recipient: 'nobody' }, '/recipient unknown_recipient'],
  ['a recipient of whom nothing is said', { ...EMAIL, recipient: {} }, '/recipient recipient_unknown'],
  ['a recipient of whom only nulls are said', { ...EMAIL, recipient: { email: null } }, '/recipient recipient_unknown'],
  ['an unknown locale', { ...EMAIL, recipient: { ...EVERYWHERE, locale: 'x_y' } }, '/recipient/locale invalid_locale'],
  [
    'an unknown time zone',
    { ...EMAIL, recipient: { ...EVERYWHERE, time_zone: 'Mars/Olympus' } },
    '/recipient/time_zone invalid_time_zone',
  ],
  ['no email address for email', { ...EMAIL, recipient: SMS.recipient }, '/channel no_address'],
  ['no phone number for SMS', { ...SMS, recipient: EMAIL.recipient }, '/channel no_address'],
  ['a phone number but none on WhatsApp', { ...WHATSAPP, recipient: SMS.recipient }, '/channel no_address'],
])('a message with %s is refused', async (_what, body, fault) => {
  expect(await refusedMessage(service, body)).toEqual(badRequest(fault));
});

test('a stored recipient without an address for the channel is refused', async () => {
  const body = { external_id: 'only-phone', phone: '+447911123456' };
  await service.request('POST', '/api/recipients/', { body });
  expect(await refusedMessage(service, { ...EMAIL, recipient: 'only-phone' })).toEqual(
    badRequest('/channel no_address'),
  );
});

test.each([
  ['another header', 'x@y.example\r\nBcc: e@e.example'],
  ['a second address', 'a@example.com, b@evil.example'],
  ['a second address after a semicolon', 'a@example.com;b@evil.example'],
  ['an invisible character at its end', 'user@domain.example\u202c'],
  ['a zero-width character inside', 'us\u200ber@domain.example'],
  ['two dots in a row', 'a@b..example'],
  ['a display name', 'Contact <o@domain.example>'],
  ['no domain', 'ada@'],
  ['no local part', '@example.com'],
  ['no at sign', 'ada.example.com'],
  ['a space inside', 'a da@example.com'],
  ['a comment', 'ada(comment)@example.com'],
  ['an address literal', 'ada@[127.0.0.1]'],
  ['a local part of 65 characters', `${'a'.repeat(65)}@example.com`],
  ['255 characters', `a@${'b'.repeat(60)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(60)}.com`],
  ['nothing in it', ''],
])('an email address with %s is refused', async (_what, email) => {
  expect(await refusedMessage(service, toEmail(email))).toEqual(badRequest('/recipient/email invalid_email'));
});

test.each([
  ['in another script', 'japanese-info@例え.テスト', 'japanese-info@xn--r8jz45g.xn--zckzah'],
  ['with an apostrophe and a plus', "o'brien+tag@example.com", "o'brien+tag@example.com"],
  ['with spaces around it', '  ada@example.com ', 'ada@example.com'],
])('an email address %s is taken', async (_what, email, expected) => {
  const { json } = await service.request('POST', '/api/recipients/', { body: { email } });
  expect(json.email).toBe(expected);
});

test.each([
  ['letters', '+44 79II 123456'],
  ['a letter O for a zero', '+44791112345O'],
  ['no country code', '07911 123456'],
  ['too few digits', '+4479'],
  ['too many digits', '+447911123456789012'],
  ['an extension', '+442079460000 ext. 12'],
  ['a second number', '+447911123456, +447911123457'],
  ['another header', '+447911123456\r\nX: 1'],
  ['nothing in it', ''],
])('a phone number with %s is refused', async (_what, phone) => {
  expect(await refusedMessage(service, toPhone(phone))).toEqual(badRequest('/recipient/phone invalid_phone'));
});

test('a phone number with a letter is refused with a sentence that says so', async () => {
  const { json } = await service.send(toPhone('+44791112345O'));
  expect(json.errors[0].message).toContain('letters');
});

test.each([
  ['0+447700900100', '+447700900100'],
  ['00447911123456', '+447911123456'],
  ['+44 (7911) 123-456', '+447911123456'],
  ['\u200b+447911123456\u200b', '+447911123456'],
  ['+44\u20107911\u2013123\u2212456', '+447911123456'],
  ['\uff0b44\u30007911 123456', '+447911123456'],
])('the phone number %j is read as %s', async (phone, expected) => {
  const { json } = await service.request('POST', '/api/recipients/', { body: { phone } });
  expect(json.phone).toBe(expected);
});

test('all faults of a message are reported at once', async () => {
  const body = {
    ...EMAIL,
    recipient: { email: 'not an address', phone: 'no number', time_zone: 'Mars/Olympus' },
    ...{ reply_to: 'not an address', subject: 'two\nlines', until: 'read', send_at: '2020-01-01T00:00:00Z' },
    ...{ fallback_channels: ['email'], content: 'Hello {{ name }}', variables: {} },
    attachments: [{ filename: '../a', content_type: 'text/plain', content_base64: 'aGVsbG8=' }],
  };
  const { status, faults } = await refusedMessage(service, body);
  expect([status, faults.map((fault) => fault.split(' ')[0]).sort()]).toEqual([
    400,
    [
      ...['/attachments/0/filename', '/escalate_after', '/fallback_channels/0', '/recipient/email', '/recipient/phone'],
      ...['/recipient/time_zone', '/reply_to', '/send_at', '/subject', '/variables/name'],
    ],
  ]);
});

test('all fields of a wrong type are reported at once', async () => {
  const body = { recipient: { email: 1, phone: [] }, channel: 7, content: {}, priority: 'urgent', extra: true };
  expect((await refusedMessage(service, body)).faults.sort()).toEqual([
    '/channel wrong_type',
    '/content wrong_type',
    '/extra unknown_field',
    '/priority unknown_value',
    '/recipient/email wrong_type',
    '/recipient/phone wrong_type',
  ]);
});
