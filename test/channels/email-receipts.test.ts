import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  EMAIL_RECEIPT_SIZE_LIMIT,
  parseEmailReceipt,
  type ReceivedEnvelope,
} from '../../src/channels/email-receipts.ts';
import type { Bounce, BounceCategory } from '../../src/domain/bounces.ts';
import { ATTEMPT_ID, BOUNCE_MAILS, bounceMail, MESSAGE_ID, TAG } from './bounce-mails.ts';

const NOBODY: ReceivedEnvelope = { sender: null, recipients: [] };
const parse = async (raw: Buffer | string, envelope = NOBODY) => await parseEmailReceipt(Buffer.from(raw), envelope);
const parsed = async (raw: Buffer | string, envelope = NOBODY) => {
  const bounce = await parse(raw, envelope);
  if (typeof bounce === 'string') throw new Error(`It was taken for ${bounce}.`);
  return bounce;
};

type Reading = BounceCategory | 'auto_reply' | 'not_a_bounce';

/** What each mail says: the category, the code, after how many the address is suppressed. */
const READINGS: Record<string, [Reading, string?, (number | null)?]> = {
  'amazon-ses-unknown-user': ['hard', 'smtp_5.1.1', 1],
  'aol-complaint': ['complaint', 'arf_abuse', 1],
  'complaint-not-spam': ['other', 'arf_not-spam', null],
  'domino-not-listed': ['hard', 'smtp_5.1.1', 1],
  'empty-report': ['failed', 'smtp_unknown', null],
  'exchange-german-text': ['hard', 'smtp_5.1.1', 1],
  'exim-delayed': ['delayed', 'smtp_unknown', null],
  'exim-old': ['hard', 'smtp_550', 1],
  'exim-unknown-user': ['hard', 'smtp_5.1.1', 1],
  'forwarded-srs': ['hard', 'smtp_5.1.1', 1],
  'gmail-delayed': ['delayed', 'smtp_4.4.1', null],
  'gmail-no-account': ['hard', 'smtp_5.1.1', 1],
  'gmail-over-quota': ['soft', 'smtp_5.2.2', 3],
  'hotmail-complaint-old': ['complaint', 'arf_abuse', 1],
  'international-unknown-user': ['hard', 'smtp_5.1.1', 1],
  'japanese-unknown-user': ['hard', 'smtp_550', 1],
  'list-expanded': ['relayed', 'smtp_2.0.0', null],
  'nested-base64': ['hard', 'smtp_5.1.6', 1],
  'no-action': ['hard', 'smtp_5.2.1', 1],
  'no-to-only-envelope-id': ['hard', 'smtp_5.1.1', 1],
  'null-mx': ['hard', 'smtp_5.1.10', 1],
  'office365-german-restricted': ['block', 'smtp_5.7.133', null],
  'office365-not-found': ['hard', 'smtp_5.1.10', 1],
  'out-of-office': ['auto_reply'],
  'outlook-complaint': ['complaint', 'arf_abuse', 1],
  'postfix-blocked': ['block', 'smtp_5.7.1', null],
  'postfix-delayed': ['delayed', 'smtp_4.4.1', null],
  'postfix-delivered': ['delivered', 'smtp_2.0.0', null],
  'postfix-expired': ['soft', 'smtp_4.4.1', 3],
  'postfix-no-domain': ['hard', 'smtp_5.4.4', 2],
  'postfix-unknown-user': ['hard', 'smtp_5.1.1', 1],
  'qmail-no-mailbox': ['hard', 'smtp_5.1.1', 1],
  'qmail-over-quota': ['soft', 'smtp_552', 3],
  'read-receipt': ['auto_reply'],
  'reply-of-a-person': ['not_a_bounce'],
  'sender-refused': ['block', 'smtp_5.1.8', null],
  'sendmail-made-up-code': ['block', 'smtp_5.1.1', null],
  'sendmail-unknown-user': ['hard', 'smtp_5.1.1', 1],
  'several-failed': ['soft', 'smtp_5.2.2', 3],
  'several-one-delivered': ['delivered', 'smtp_2.1.5', null],
  'too-big': ['content', 'smtp_5.3.4', null],
  'unclear-failure': ['failed', 'smtp_550', null],
  'unknown-notice': ['other', 'smtp_unknown', null],
  'vacation-from-person': ['auto_reply'],
  'yahoo-complaint': ['complaint', 'arf_abuse', 1],
  'yahoo-old': ['hard', 'smtp_554', 1],
};

test.each(BOUNCE_MAILS)('%s is read for what it is', async (name) => {
  const bounce = await parse(bounceMail(name));
  const reading = typeof bounce === 'string' ? [bounce] : [bounce.category, bounce.code, bounce.suppressAfter];
  expect(reading).toEqual(READINGS[name]);
});

test.each(BOUNCE_MAILS)('%s is read the same with bare line feeds', async (name) => {
  const unix = bounceMail(name).toString().replaceAll('\r\n', '\n');
  expect(await parse(unix)).toEqual(await parse(bounceMail(name)));
});

describe('the mail that came back is known by', () => {
  test.each([
    ['the recipient of the notice', 'postfix-unknown-user'],
    ['the return path of the returned mail', 'aol-complaint'],
    ['the sender that a feedback report names', 'yahoo-complaint'],
    ['the return path of a mail that is quoted as text', 'qmail-no-mailbox'],
    ['an address that a forwarding host has wrapped', 'forwarded-srs'],
  ])('the tag in %s', async (_where, name) => {
    expect((await parsed(bounceMail(name))).references.returnPathTags).toEqual([TAG]);
  });

  test('the tag in the recipient of the envelope, before all others', async () => {
    const tag = 'f'.repeat(48);
    const envelope = { sender: '', recipients: [`bounces+${tag}@mail.example.com`] };
    const { references } = await parsed(bounceMail('postfix-unknown-user'), envelope);
    expect(references.returnPathTags).toEqual([tag, TAG]);
  });

  test.each(['nested-base64', 'no-to-only-envelope-id'])('its ENVID: %s', async (name) => {
    expect((await parsed(bounceMail(name))).references.envelopeIds).toEqual([ATTEMPT_ID]);
  });

  test.each(['postfix-unknown-user', 'exim-old', 'qmail-no-mailbox', 'outlook-complaint', 'nested-base64'])(
    'its Message-ID: %s',
    async (name) => {
      expect((await parsed(bounceMail(name))).references.messageIds).toEqual([MESSAGE_ID]);
    },
  );
});

test.each([
  ['5.9.9', false],
  ['5.3.0', undefined],
  ['5.0.0', undefined],
])('a mail that came back with the code %s is known for it: %s', async (status, isKnown) => {
  const mail = bounceMail('unclear-failure')
    .toString()
    .replace(/^Status:.*$/im, `Status: ${status}`);
  expect((await parsed(mail.replaceAll('550 ', `550 ${status} `))).isKnown).toBe(isKnown);
});

test('words in what came back say nothing about the bounce', async () => {
  const mail = bounceMail('unclear-failure').toString().replace('Gate B12', '550 5.1.1 No such user');
  expect((await parsed(mail)).category).toBe('failed');
});

test('a mailbox whose name sounds like policy does not make a block', async () => {
  const mail = bounceMail('postfix-unknown-user').toString().replaceAll('ada@', 'nospam@');
  expect((await parsed(mail)).category).toBe('hard');
});

test('a subject that speaks of a delay does not make a returned mail late', async () => {
  const mail = bounceMail('exchange-german-text').toString().replace('Gate B12', 'Your flight is delayed');
  expect((await parsed(mail)).category).toBe('hard');
});

test('an unsubscribed address counts as a complaint, whatever its case', async () => {
  const mail = bounceMail('yahoo-complaint').toString().replace('Feedback-Type: abuse', 'FEEDBACK-TYPE: Opt-Out');
  expect(await parse(mail)).toMatchObject({ category: 'complaint', code: 'arf_opt-out' });
});

test('a feedback type that nobody knows is no complaint', async () => {
  const mail = bounceMail('yahoo-complaint').toString().replace('Feedback-Type: abuse', 'Feedback-Type: <x>');
  expect(await parse(mail)).toMatchObject({ category: 'other', code: 'arf_other', suppressAfter: null });
});

test('a mail over the limit is not read', async () => {
  const mail = Buffer.concat([bounceMail('postfix-unknown-user'), Buffer.alloc(EMAIL_RECEIPT_SIZE_LIMIT)]);
  expect(await parse(mail)).toBe('not_a_bounce');
});

/** What is never suppressed, because no mail can be told by it. */
const isHarmless = (bounce: Bounce | string) =>
  typeof bounce === 'string' || bounce.suppressAfter === null || bounce.references.returnPathTags.length === 0;

describe('rubbish', () => {
  test('never throws and never leads to a suppression', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', 'Status: 5.1.1', 'Action: failed', '--b', '--b--', 'Content-Type: message/delivery-status'),
      fc.constantFrom('Content-Type: multipart/report; boundary=b', 'Final-Recipient: rfc822; x@y', ' ', ':', '\0'),
      fc.constantFrom('From: mailer-daemon@x', 'Subject: failure notice', 'Content-Transfer-Encoding: base64'),
      fc.constantFrom('Feedback-Type: abuse', 'Content-Type: message/feedback-report', 'Original-Mail-From: <a+b@c>'),
    );
    const mail = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\r\n'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(mail, fc.uint8Array()), async (raw) => {
        expect(await parse(Buffer.from(raw as string))).toSatisfy(isHarmless);
      }),
      { numRuns: 300 },
    );
  });

  test('made of a real bounce never throws', async () => {
    const cut = fc.record({ name: fc.constantFrom(...BOUNCE_MAILS), at: fc.nat(), put: fc.uint8Array() });
    await fc.assert(
      fc.asyncProperty(cut, async ({ name, at, put }) => {
        const mail = bounceMail(name);
        const place = at % mail.length;
        await parse(Buffer.concat([mail.subarray(0, place), put, mail.subarray(place + put.length)]));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['spaces', ' '],
    ['line feeds', '\n'],
    ['brackets', '<'],
    ['hyphens', '-'],
    ['letters', 'a'],
    ['digits', '5.1.1 '],
    ['semicolons', ';'],
    ['headers', 'a: b\n'],
    ['parts', '--b\n\n'],
  ])('of nothing but %s is read in time', async (_what, unit) => {
    const filler = unit.repeat(Math.floor(400_000 / unit.length));
    const head = 'From: mailer-daemon@x\nSubject: failure notice\n';
    const report = 'Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n';
    // Not by the clock, which runs on while other programs have the processor.
    const started = process.threadCpuUsage();
    await parse(`${head}\n${filler}`);
    await parse(`${head}${report}Action: failed\nDiagnostic-Code: ${filler}\n--b--`);
    await parse(`${head}Content-Type: text/html\n\n${filler}`);
    const { user, system } = process.threadCpuUsage(started);
    expect(user + system).toBeLessThan(5_000_000);
  });
});
