import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEmailReceipt } from '../../../src/channels/email-receipts.ts';
import { type CorpusMail, REPORTED_REPLIES, WHOLE_MAILS } from './corpus.ts';
import { withEncoding, withFieldsInOrder, withFolding, withNames } from './disguises.ts';

const MAILS = [...WHOLE_MAILS, ...REPORTED_REPLIES];
const anyMail = fc.constantFrom(...MAILS);

const expectSame = async (mail: CorpusMail, disguised: string | Buffer) => {
  const bounce = await parseEmailReceipt(Buffer.from(disguised), { sender: null, recipients: [] });
  const reading = typeof bounce === 'string' ? bounce : bounce.category;
  const suppressAfter = typeof bounce === 'string' ? null : bounce.suppressAfter;
  expect({ name: mail.name, reading, suppressAfter }).toEqual({
    name: mail.name,
    reading: mail.reading,
    suppressAfter: mail.suppressAfter,
  });
};

test.each([
  ['carriage returns and line feeds', '\r\n'],
  ['bare carriage returns', '\r'],
])('every mail is read the same with %s', async (_what, ending) => {
  for (const mail of MAILS) await expectSame(mail, mail.text.replaceAll('\n', ending));
});

test('a mail is read the same with its header in any order, case and folding', async () => {
  const disguise = fc.record({
    mail: anyMail,
    order: fc.array(fc.nat(20), { minLength: 1, maxLength: 10 }),
    isLoud: fc.boolean(),
    indent: fc.constantFrom(' ', '\t', '        '),
    ending: fc.constantFrom('\n', '\r\n', '\r'),
  });
  await fc.assert(
    fc.asyncProperty(disguise, async ({ mail, order, isLoud, indent, ending }) => {
      const named = withNames(mail.text, (name) => (isLoud ? name.toUpperCase() : name.toLowerCase()));
      const disguised = withFolding(withFieldsInOrder(named, order), indent);
      await expectSame(mail, disguised.replaceAll('\n', ending));
    }),
    { numRuns: 500 },
  );
});

const CHARSETS = ['utf-8', 'windows-1252', 'windows-1250', 'windows-1251', 'koi8-r', 'iso-8859-15', 'gb18030', 'big5'];
const MORE_CHARSETS = ['shift_jis', 'euc-jp', 'euc-kr'];

test('a mail is read the same in any charset and transfer encoding', async () => {
  const disguise = fc.record({
    mail: anyMail,
    charset: fc.constantFrom(...CHARSETS, ...MORE_CHARSETS),
    encoding: fc.constantFrom('base64', 'quoted-printable', '8bit'),
  });
  await fc.assert(
    fc.asyncProperty(disguise, async ({ mail, charset, encoding }) => {
      await expectSame(mail, withEncoding(mail.text, charset, encoding));
    }),
    { numRuns: 500 },
  );
});

test('a mail is read the same in a charset that its header does not tell', async () => {
  const named = (mail: CorpusMail) => mail.text.replace(/charset="?utf-8"?/i, 'charset="iso-2022-jp"');
  for (const mail of WHOLE_MAILS) await expectSame(mail, named(mail));
});
