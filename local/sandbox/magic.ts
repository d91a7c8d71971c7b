/**
 * The email addresses at which the sandbox misbehaves on purpose, as data: the server acts on this table, the
 * documentation prints it, the tests go through it. Every other address is served normally.
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

/** The rule for an email address and the number in it (0 where it has none), or null for an ordinary address. */
export function findMailRule(address: string): { rule: MailRule; n: number } | null {
  const localPart = address.slice(0, address.lastIndexOf('@')).split('+')[0] ?? '';
  for (const { rule, pattern } of PATTERNS) {
    const match = pattern.exec(localPart);
    if (match !== null) return { rule, n: Number(match[1] ?? 0) };
  }
  return null;
}

const PATTERNS = MAIL_RULES.map((rule) => ({
  rule,
  pattern: new RegExp(`^${rule.localPart.replace('N', '(\\d{1,4})')}$`, 'i'),
}));
