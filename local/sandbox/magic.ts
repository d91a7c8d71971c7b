/**
 * The addresses at which the sandbox misbehaves on purpose, as data: the servers act on these tables, the documentation
 * prints them, the tests go through them. Every other address is served normally.
 */

/** How often a rule strikes before the address is served normally; `N` is the number within the address. */
export type Times = number | 'N' | 'always';

/** What a mail server does instead of taking a message (`refuse`, `hang`) or besides it (the others). */
export type MailAct =
  | { readonly refuseAt: 'recipient' | 'data'; readonly code: number; readonly reply: string; readonly times: Times }
  | 'slow'
  | 'hang'
  | 'drop'
  | 'bounce'
  | 'complain';

export interface MailRule {
  /** Local part without its `+tag`, in any case and at any domain; `N` stands for digits. */
  readonly localPart: string;
  readonly sentence: string;
  readonly act: MailAct;
}

/** A status callback. The codes are Twilio's: https://www.twilio.com/docs/api/errors. */
export interface Receipt {
  readonly status: 'sent' | 'delivered' | 'undelivered' | 'failed' | 'read';
  readonly errorCode?: number;
}

/** What the Twilio API does; `mishandle` strikes once for each number and channel. */
export type NumberAct =
  | { readonly refuse: number; readonly status: number; readonly times: Times; readonly retryAfterSeconds?: number }
  | { readonly mishandle: 'error' | 'reset' | 'silence' | 'broken'; readonly taken: boolean }
  | { readonly receipts: readonly Receipt[] };

export interface NumberRule {
  /** `x` stands for any digit, so that every test can have its own number; `N` for one of 1 to 9. */
  readonly number: string;
  /** The only channel on which the number is special; both where it is not given. */
  readonly channel?: 'sms' | 'whatsapp';
  readonly sentence: string;
  readonly act: NumberAct;
}

export interface SenderRule {
  readonly number: string;
  readonly errorCode: number;
  readonly sentence: string;
}

const SENT: Receipt = { status: 'sent' };
const DELIVERED: Receipt = { status: 'delivered' };

/** The receipts of an ordinary message. */
export const USUAL_RECEIPTS: readonly Receipt[] = [SENT, DELIVERED];

/** Replies by RFC 5321 section 4.2 and RFC 3463. Counts are kept for each whole address, `+tag` included. */
export const MAIL_RULES: readonly MailRule[] = [
  {
    localPart: 'unknown',
    sentence: 'No such mailbox: 550 5.1.1 to RCPT.',
    act: { refuseAt: 'recipient', code: 550, reply: '5.1.1 No such user here', times: 'always' },
  },
  {
    localPart: 'disabled',
    sentence: 'Mailbox disabled: 550 5.2.1 to RCPT.',
    act: { refuseAt: 'recipient', code: 550, reply: '5.2.1 Mailbox disabled', times: 'always' },
  },
  {
    localPart: 'full',
    sentence: 'Mailbox full for now: 452 4.2.2 to RCPT.',
    act: { refuseAt: 'recipient', code: 452, reply: '4.2.2 Mailbox full', times: 'always' },
  },
  {
    localPart: 'greylist',
    sentence: 'Greylisted every time: 451 4.7.1 to RCPT.',
    act: { refuseAt: 'recipient', code: 451, reply: '4.7.1 Greylisted, try again later', times: 'always' },
  },
  {
    localPart: 'busy',
    sentence: 'The server is busy and hangs up: 421 4.3.2 to RCPT.',
    act: { refuseAt: 'recipient', code: 421, reply: '4.3.2 Too busy, closing connection', times: 'always' },
  },
  {
    localPart: 'fail-N',
    sentence: '451 4.3.0 to RCPT the first N times, then taken.',
    act: { refuseAt: 'recipient', code: 451, reply: '4.3.0 Local error in processing', times: 'N' },
  },
  {
    localPart: 'spam',
    sentence: 'Refused as spam: 554 5.7.1 after the message.',
    act: { refuseAt: 'data', code: 554, reply: '5.7.1 Message refused as spam', times: 'always' },
  },
  {
    localPart: 'too-big',
    sentence: 'Refused as too big: 552 5.3.4 after the message.',
    act: { refuseAt: 'data', code: 552, reply: '5.3.4 Message too big for system', times: 'always' },
  },
  { localPart: 'slow-N', sentence: 'Taken, but answered N seconds later.', act: 'slow' },
  { localPart: 'hang', sentence: 'Never answered after the final dot, and not taken.', act: 'hang' },
  {
    localPart: 'drop',
    sentence: 'Taken, but the first time the connection is dropped after the final dot; later messages are answered.',
    act: 'drop',
  },
  { localPart: 'bounce', sentence: 'Taken; a delivery status notification (5.1.1) follows.', act: 'bounce' },
  { localPart: 'complain', sentence: 'Taken; a feedback report (abuse) follows.', act: 'complain' },
];

/** The first five are Twilio's own magic numbers for test credentials. */
export const NUMBER_RULES: readonly NumberRule[] = [
  refused('+15005550001', 'Not a valid number: 400 with code 21211.', 21211, 400, 'always'),
  refused('+15005550002', 'Cannot be reached from this sender: 400 with code 21612.', 21612, 400, 'always'),
  refused('+15005550003', 'In a region that is not enabled: 400 with code 21408.', 21408, 400, 'always'),
  refused('+15005550004', 'Has opted out: 400 with code 21610.', 21610, 400, 'always'),
  refused('+15005550009', 'Not a mobile number: 400 with code 21614.', 21614, 400, 'always'),
  {
    number: '+150055510xx',
    sentence: 'Too many requests the first time: 429 with code 20429 and Retry-After: 1; then taken.',
    act: { refuse: 20429, status: 429, times: 1, retryAfterSeconds: 1 },
  },
  {
    number: '+150055511xx',
    sentence: 'Too many requests every time: 429 with code 20429 and Retry-After: 1.',
    act: { refuse: 20429, status: 429, times: 'always', retryAfterSeconds: 1 },
  },
  refused(
    '+15005552Nxx',
    'Unavailable the first N times: 503 with code 20503, not taken; then taken.',
    20503,
    503,
    'N',
  ),
  reported('+150055530xx', 'Taken, then undelivered with 30003 (handset unreachable).', [
    SENT,
    lost('undelivered', 30003),
  ]),
  reported('+150055531xx', 'Taken, then failed with 30006 (landline).', [lost('failed', 30006)]),
  {
    ...reported('+150055532xx', 'Not on WhatsApp: taken, then failed with 63003.', [lost('failed', 63003)]),
    channel: 'whatsapp',
  },
  {
    number: '+150055540xx',
    sentence: 'Taken, but the first time answered with 500 and code 20500.',
    act: { mishandle: 'error', taken: true },
  },
  {
    number: '+150055541xx',
    sentence: 'Taken, but the first time the connection is reset.',
    act: { mishandle: 'reset', taken: true },
  },
  {
    number: '+150055542xx',
    sentence: 'Taken, but the first time never answered.',
    act: { mishandle: 'silence', taken: true },
  },
  {
    number: '+150055543xx',
    sentence: 'The first time neither taken nor answered; then taken.',
    act: { mishandle: 'silence', taken: false },
  },
  {
    number: '+150055544xx',
    sentence: 'Taken, but the first time answered with 201 and broken JSON.',
    act: { mishandle: 'broken', taken: true },
  },
  refused('+150055550xx', 'Refused with a code that nobody knows: 400 with code 29999.', 29999, 400, 'always'),
  reported('+150055551xx', 'Receipts out of order and twice: delivered, sent, delivered.', [
    DELIVERED,
    SENT,
    DELIVERED,
  ]),
  {
    ...reported('+150055560xx', 'Delivered, then read on WhatsApp.', [SENT, DELIVERED, { status: 'read' }]),
    channel: 'whatsapp',
  },
  reported('+150055561xx', 'Taken, and no receipt ever comes.', []),
  {
    ...reported('+150055563xx', 'Outside the 24-hour window: taken, then undelivered with 63016.', [
      lost('undelivered', 63016),
    ]),
    channel: 'whatsapp',
  },
];

/** Twilio's own magic senders for test credentials; each is answered with 400. */
export const SENDER_RULES: readonly SenderRule[] = [
  { number: '+15005550001', errorCode: 21212, sentence: 'Not a valid sender: 400 with code 21212.' },
  { number: '+15005550007', errorCode: 21606, sentence: 'Not a number of this account: 400 with code 21606.' },
  { number: '+15005550008', errorCode: 21611, sentence: 'The queue of this sender is full: 400 with code 21611.' },
];

/** The rule for an email address and the number in it (0 where it has none), or null for an ordinary address. */
export function findMailRule(address: string): { rule: MailRule; n: number } | null {
  const localPart = address.slice(0, address.lastIndexOf('@')).split('+')[0] ?? '';
  return findMatch(MAIL_PATTERNS, localPart);
}

/** The rule for an E.164 number on a channel and the number in it (0 where it has none), or null for an ordinary one. */
export function findNumberRule(number: string, channel: 'sms' | 'whatsapp'): { rule: NumberRule; n: number } | null {
  const found = findMatch(NUMBER_PATTERNS, number);
  return found !== null && (found.rule.channel ?? channel) === channel ? found : null;
}

const MAIL_PATTERNS = MAIL_RULES.map((rule) => ({
  rule,
  pattern: new RegExp(`^${rule.localPart.replace('N', '(\\d{1,4})')}$`, 'i'),
}));

const NUMBER_PATTERNS = NUMBER_RULES.map((rule) => ({
  rule,
  pattern: new RegExp(`^\\${rule.number.replace('N', '([1-9])').replaceAll('x', '\\d')}$`),
}));

function findMatch<Rule>(patterns: { rule: Rule; pattern: RegExp }[], text: string): { rule: Rule; n: number } | null {
  for (const { rule, pattern } of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return { rule, n: Number(match[1] ?? 0) };
  }
  return null;
}

function refused(number: string, sentence: string, code: number, status: number, times: Times): NumberRule {
  return { number, sentence, act: { refuse: code, status, times } };
}

function reported(number: string, sentence: string, receipts: readonly Receipt[]): NumberRule {
  return { number, sentence, act: { receipts } };
}

function lost(status: 'undelivered' | 'failed', errorCode: number): Receipt {
  return { status, errorCode };
}
