import { expect, test } from 'vitest';
import { emailFaults, inlineWarnings } from '../../src/service/email-faults.ts';

function codesOf(headers: Record<string, string>, more: object = {}) {
  const input = { channel: 'email', fallbackChannels: [], headers, tracking: null, ...more } as const;
  return emailFaults(input).map(({ pointer, code }) => `${pointer} ${code}`);
}

test.each(['X-Order', 'x-campaign-id', 'References', 'In-Reply-To', 'List-Id', 'Importance'])(
  '%s may be added',
  (name) => {
    expect(codesOf({ [name]: 'value' })).toEqual([]);
  },
);

test.each([
  'From',
  'Bcc',
  'Subject',
  'Content-Type',
  'List-Unsubscribe',
  'DKIM-Signature',
  'Received',
  'X-Mailer',
  'X-Spam-Flag',
])('%s may not', (name) => {
  expect(codesOf({ [name]: 'value' })).toEqual([`/headers/${name} header_not_allowed`]);
});

test.each([
  ['X-A\r\nBcc', 'b'],
  ['X-Größe', 'b'],
  ['X-A', 'b\r\nBcc: evil@evil.example'],
  ['X A', 'b'],
])('%j: %j is no header', (name, value) => {
  expect(codesOf({ [name]: value })).toEqual([expect.stringContaining('invalid_header')]);
});

test('a header that is there twice in other letters is refused once', () => {
  expect(codesOf({ 'X-ID': '1', 'x-id': '2' })).toEqual(['/headers/x-id duplicate_header']);
});

test('what only emails have is refused where no email is sent', () => {
  expect(codesOf({ 'X-Order': '1' }, { channel: 'sms', tracking: 'all' })).toEqual([
    ...['/headers not_for_channel', '/tracking not_for_channel'],
  ]);
});

const LOGO = { filename: 'a.png', contentType: 'image/png', contentBase64: '', contentId: 'logo' };

test.each([
  ['has no HTML', null],
  ['does not show it', '<p>Hello</p>'],
  ['shows one of a longer name', '<img src="cid:logo.2">'],
  ['shows one in other letters', '<img src="cid:Logo">'],
])('an image for the HTML of a mail that %s is warned of', (_what, html) => {
  const warnings = inlineWarnings({ attachments: [LOGO] }, { html });
  expect(warnings).toMatchObject([
    { pointer: '/attachments/0/content_id', code: 'content_id_unused', channel: 'email' },
  ]);
});

test.each([
  ['an image that the HTML shows', [LOGO], { html: '<img alt="" src="cid:logo">' }],
  ['an image that a style shows', [LOGO], { html: '<td style="background: url(CID:logo)">' }],
  ['an ordinary file', [{ ...LOGO, contentId: null }], { html: null }],
  ['an email that is not sent', [LOGO], null],
])('%s is not warned of', (_what, attachments, email) => {
  expect(inlineWarnings({ attachments }, email)).toEqual([]);
});
