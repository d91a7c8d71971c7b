import type { Times } from './magic.ts';

/**
 * The numbers at which the sandbox misbehaves on purpose, as data: the Twilio API acts on these tables, the documentation
 * prints them, the tests go through them. Every other number is served normally.
 */

/** A status callback. The codes are Twilio's: https://www.twilio.com/docs/api/errors. */
export interface Receipt {
  readonly status: 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed' | 'read';
  readonly errorCode?: number;
}

/** A refusal; `problem` is one in the words of RFC 9457, which newer parts of Twilio use. */
export interface Refusal {
  readonly refuse: number;
  readonly status: number;
  readonly times: Times;
  readonly retryAfterSeconds?: number;
  readonly problem?: boolean;
}

/** A fault that strikes once for each number and channel. */
export interface Mishandling {
  readonly mishandle: 'error' | 'gateway' | 'reset' | 'silence' | 'broken' | 'html' | 'slow';
  readonly taken: boolean;
}

/** What becomes of a message that was taken. */
export interface Course {
  readonly receipts: readonly Receipt[];
  /** How often it takes this course before it takes the usual one; always by default. */
  readonly times?: Times;
  /** Callbacks that come late, each twice, or the first of them before the answer to the create. */
  readonly callbacks?: 'late' | 'twice' | 'early';
  /** The person has not written for 24 hours, unless the sandbox has taken a reply from them. */
  readonly hasNotWritten?: boolean;
}

export type NumberAct = Refusal | Mishandling | Course;

export interface NumberRule {
  /**
   * `x` stands for any digit, so that every test can have its own number; `N` for one of 1 to 9. Where there is a `C`,
   * they stand for the digits of a code of Twilio, and `N` may be 0.
   */
  readonly number: string;
  /** The only channel on which the number is special; both where it is not given. */
  readonly channel?: 'sms' | 'whatsapp';
  readonly sentence: string;
  /** Made of the code where the number has one. */
  readonly act: NumberAct | ((code: number, n: number) => NumberAct);
}

const SENT: Receipt = { status: 'sent' };
const DELIVERED: Receipt = { status: 'delivered' };

/** What becomes of an ordinary message. */
export const USUAL_COURSE: Course = { receipts: [SENT, DELIVERED] };

/** The statuses of the codes that do not come with 400. */
const HTTP_STATUSES: Record<number, number> = { 20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503 };

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
  mishandled('+150055540xx', 'Taken, but the first time answered with 500 and code 20500.', 'error', true),
  mishandled('+150055541xx', 'Taken, but the first time the connection is reset.', 'reset', true),
  mishandled('+150055542xx', 'Taken, but the first time never answered.', 'silence', true),
  mishandled('+150055543xx', 'The first time neither taken nor answered; then taken.', 'silence', false),
  mishandled('+150055544xx', 'Taken, but the first time answered with 201 and broken JSON.', 'broken', true),
  mishandled('+150055545xx', 'The first time not taken, and the connection is reset; then taken.', 'reset', false),
  mishandled('+150055546xx', 'Taken, but the first time answered with 201 and HTML.', 'html', true),
  mishandled('+150055547xx', 'The first time not taken, and answered with 502 and HTML; then taken.', 'gateway', false),
  mishandled('+150055548xx', 'Taken, but the first time answered two seconds later.', 'slow', true),
  refused('+150055550xx', 'Refused with a code that nobody knows: 400 with code 29999.', 29999, 400, 'always'),
  reported('+150055551xx', 'Receipts out of order and twice: delivered, sent, delivered.', [
    DELIVERED,
    SENT,
    DELIVERED,
  ]),
  {
    number: '+150055552xx',
    sentence: 'Every receipt comes twice: sent, sent, delivered, delivered.',
    act: { ...USUAL_COURSE, callbacks: 'twice' },
  },
  reported('+150055553xx', 'Receipts in reversed order: delivered, sent.', [DELIVERED, SENT]),
  {
    number: '+150055554xx',
    sentence: 'Receipts come late, 20 seconds after the message.',
    act: { ...USUAL_COURSE, callbacks: 'late' },
  },
  {
    number: '+150055555xx',
    sentence: 'The first receipt comes before the message is answered.',
    act: { ...USUAL_COURSE, callbacks: 'early' },
  },
  {
    number: '+150055556xx',
    sentence: 'Not a valid number: 400 with code 21211, in the words of RFC 9457 (application/problem+json).',
    act: { refuse: 21211, status: 400, times: 'always', problem: true },
  },
  reported('+150055557xx', 'Receipts that contradict each other: sent, undelivered with 30008, then delivered.', [
    SENT,
    lost('undelivered', 30008),
    DELIVERED,
  ]),
  {
    ...reported('+150055560xx', 'Delivered, then read on WhatsApp.', [SENT, DELIVERED, { status: 'read' }]),
    channel: 'whatsapp',
  },
  reported('+150055561xx', 'Taken, and no receipt ever comes.', []),
  {
    ...reported('+150055562xx', 'Read on WhatsApp, without having been reported as delivered.', [
      SENT,
      { status: 'read' },
    ]),
    channel: 'whatsapp',
  },
  {
    ...reported('+150055563xx', 'Outside the 24-hour window: taken, then undelivered with 63016.', [
      lost('undelivered', 63016),
    ]),
    channel: 'whatsapp',
  },
  {
    number: '+150055564xx',
    channel: 'whatsapp',
    sentence:
      'Has not written for 24 hours: only approved templates get through, all else is taken and then failed with 63016; ' +
      'a reply from the number opens the window.',
    act: { ...USUAL_COURSE, hasNotWritten: true },
  },
  {
    number: '+15002CCCCNx',
    sentence:
      'Refused with code 2CCCC the first N times, every time where N is 0; then taken. The status is 400, but 401 for ' +
      '20003, 404 for 20404, 429 for 20429, 500 for 20500, 503 for 20503.',
    act: (code, n) => ({ refuse: code, status: HTTP_STATUSES[code] ?? 400, times: n === 0 ? 'always' : 'N' }),
  },
  {
    number: '+15003CCCCNx',
    sentence:
      'Taken, then undelivered with code 3CCCC, known or not, the first N times, every time where N is 0; then delivered.',
    act: (code, n) => ({ receipts: [SENT, lost('undelivered', code)], times: n === 0 ? 'always' : 'N' }),
  },
  {
    number: '+15006CCCCNx',
    sentence:
      'Taken, then failed with code 6CCCC, known or not, the first N times, every time where N is 0; then delivered.',
    act: (code, n) => ({ receipts: [lost('failed', code)], times: n === 0 ? 'always' : 'N' }),
  },
];

/** What happens to a message for an E.164 number on a channel, and the `N` of its rule (0 where it has none). */
export function findAct(number: string, channel: 'sms' | 'whatsapp'): { act: NumberAct; n: number } {
  for (const { rule, pattern } of PATTERNS) {
    const groups = pattern.exec(number)?.groups;
    if (groups === undefined || (rule.channel ?? channel) !== channel) continue;
    const n = Number(groups['n'] ?? 0);
    return { act: typeof rule.act === 'function' ? rule.act(Number(groups['code'] ?? 0), n) : rule.act, n };
  }
  return { act: USUAL_COURSE, n: 0 };
}

const PATTERNS = NUMBER_RULES.map((rule) => ({ rule, pattern: patternOf(rule.number) }));

/** The group for the end is there in each, so that a number without `N` and `C` has groups too. */
function patternOf(number: string): RegExp {
  const digits = number
    .replace('N', number.includes('C') ? '(?<n>\\d)' : '(?<n>[1-9])')
    .replace(/\dCCCC/, (code) => `(?<code>${code.replaceAll('C', '\\d')})`)
    .replaceAll('x', '\\d');
  return new RegExp(`^\\${digits}(?<end>)$`);
}

function refused(number: string, sentence: string, code: number, status: number, times: Times): NumberRule {
  return { number, sentence, act: { refuse: code, status, times } };
}

function mishandled(number: string, sentence: string, mishandle: Mishandling['mishandle'], taken: boolean): NumberRule {
  return { number, sentence, act: { mishandle, taken } };
}

function reported(number: string, sentence: string, receipts: readonly Receipt[]): NumberRule {
  return { number, sentence, act: { receipts } };
}

function lost(status: 'undelivered' | 'failed', errorCode: number): Receipt {
  return { status, errorCode };
}
