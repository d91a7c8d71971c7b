import { expect, test } from 'vitest';
import { EMAIL_RECEIPT_SIZE_LIMIT, parseEmailReceipt } from '../../../src/channels/email-receipts.ts';

const HEAD = 'From: mailer-daemon@x.example\nSubject: failure notice\n';
const REPORT = `${HEAD}Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n`;

/** Nested as deeply as it goes, each level with a boundary of its own. */
function nested(levels: number): string {
  const level = (depth: number) => `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n`;
  return Array.from({ length: levels }, (_value, depth) => level(depth)).join('');
}

/** What a mail is filled up with, after what it begins with. */
const HOSTILE: readonly (readonly [what: string, head: string, unit: string])[] = [
  ['fields', '', 'a: b\n'],
  ['one field', '', 'abc'],
  ['one folded field', 'X: ', 'y\n '],
  ['encoded words in the subject', 'Subject: ', '=?utf-8?Q?=41?= '],
  ['halves of encoded words', 'Subject: ', '=?'],
  ['parameters of the type', 'Content-Type: multipart/mixed', '; boundary'],
  ['senders', 'From: ', '<a '],
  ['recipients', 'To: ', 'a@b.example, '],
  ['references', 'References: ', '<a'],
  ['parts', `${HEAD}Content-Type: multipart/mixed; boundary=b\n\n`, '--b\n\n'],
  ['parts in parts', '', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'],
  ['one line', `${HEAD}\n`, 'a'],
  ['spaces', `${HEAD}\n`, ' '],
  ['carriage returns', `${HEAD}\n`, '\r'],
  ['empty lines', `${HEAD}\n`, '\n'],
  ['halves of addresses', `${HEAD}\n`, 'a@'],
  ['tags', `${HEAD}Content-Type: text/html\n\n`, '<'],
  ['styles', `${HEAD}Content-Type: text/html\n\n`, '<style>'],
  ['codes', `${HEAD}\n`, '550 5.1.1 '],
  ['lines of codes', `${HEAD}\n`, '550 5.1.1\n'],
  ['halves of sentences', `${HEAD}\n`, 'the mailbox of the user of the sender '],
  ['hyphens', `${HEAD}\n`, '-'],
  ['traces', `${HEAD}\n`, 'received: a\n'],
  ['subjects', `${HEAD}\n`, 'Subject:\n  a\n'],
  ['accents', `${HEAD}\n`, 'A\u0301\u0323'],
  ['soft line ends', `${HEAD}Content-Transfer-Encoding: quoted-printable\n\n`, '=41='],
  ['brackets', `${HEAD}\n`, '{'],
  ['openings', `From: postmaster@x.example\nSubject: hello\n\n`, 'your message a b c d e f\n'],
  ['recipients of a report', REPORT, 'Action: failed\nFinal-Recipient: rfc822; a@b.example\n\n'],
  ['diagnostics of a report', REPORT, 'Action: failed\nDiagnostic-Code: smtp; 550 the user of the mailbox of\n\n'],
  ['statuses', HEAD, '--b\nContent-Type: message/delivery-status\n\nAction: failed\nDiagnostic-Code: smtp; 550 q\n\n'],
];

/** Not by the clock, which runs on while other programs have the processor. */
async function processorMilliseconds(mail: string): Promise<number> {
  const raw = Buffer.from(mail).subarray(0, EMAIL_RECEIPT_SIZE_LIMIT);
  const started = process.threadCpuUsage();
  await parseEmailReceipt(raw, { sender: null, recipients: [] });
  const { user, system } = process.threadCpuUsage(started);
  return (user + system) / 1_000;
}

// Measured: 60 ms at most. The margin is for machines that are slower, and for the first run of the code.
const LIMIT_MS = 500;

test.each(HOSTILE)('a mail of a megabyte of %s is read in time', async (_what, head, unit) => {
  const mail = head + unit.repeat(Math.ceil(EMAIL_RECEIPT_SIZE_LIMIT / unit.length));
  await processorMilliseconds(mail);
  expect(await processorMilliseconds(mail)).toBeLessThan(LIMIT_MS);
});

test('a mail with 18,000 levels of parts is read in time', async () => {
  expect(await processorMilliseconds(nested(18_000))).toBeLessThan(LIMIT_MS);
});
