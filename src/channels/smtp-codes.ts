import type { FailureKind } from '../domain/failures.ts';
import type { Refusal } from './refusal-words.ts';

export interface SmtpReason {
  readonly kind: FailureKind;
  /** What happened and what to do about it. */
  readonly sentence: string;
  readonly retryAfterSeconds?: number;
  /** After how many such failures for one address it is suppressed. */
  readonly suppressAfter?: number;
}

const MAILBOX_FULL_DELAY_SECONDS = 3600;
/** Greylisting servers take a mail again after some minutes (RFC 6647, section 5: between one and a day). */
const SLOW_DOWN_DELAY_SECONDS = 300;

/** As a reply without an enhanced code means it, which may be a policy that does not say so: nobody is suppressed. */
export const MAILBOX_UNAVAILABLE: SmtpReason = {
  kind: 'unreachable',
  sentence: 'The mailbox does not exist; correct the email address.',
};
const NO_SUCH_MAILBOX: SmtpReason = { ...MAILBOX_UNAVAILABLE, suppressAfter: 1 };
const NO_ROUTE: SmtpReason = {
  kind: 'unreachable',
  sentence: 'The domain of the email address takes no mail; correct the email address.',
};
/** A name server may have erred once. */
const NO_SUCH_DOMAIN: SmtpReason = { ...NO_ROUTE, suppressAfter: 2 };
export const SENDER_REFUSED: SmtpReason = {
  kind: 'misconfigured',
  sentence: 'The mail server refuses our sender address; check EMAIL_FROM and the DNS records of its domain.',
};
export const POLICY: SmtpReason = {
  kind: 'misconfigured',
  sentence: 'The mail server refuses the message by policy; check SPF, DKIM, DMARC and the reputation of the sender.',
};
export const NOT_SIGNED_IN: SmtpReason = {
  kind: 'misconfigured',
  sentence: 'The mail server refuses our credentials; check SMTP_URL.',
};
const TOO_BIG: SmtpReason = {
  kind: 'rejected',
  sentence: 'The message is too big for the mail server; send fewer or smaller attachments.',
};
export const PROTOCOL: SmtpReason = {
  kind: 'rejected',
  sentence: 'The mail server does not accept a command or parameter of this message; look at its log.',
};
export const BUSY: SmtpReason = {
  kind: 'transient',
  sentence: 'The mail server cannot take the message right now; it is tried again later.',
};
const SLOW_DOWN: SmtpReason = {
  kind: 'throttled',
  sentence: 'The mail server asks to come back later (greylisting, rate or reputation).',
  retryAfterSeconds: SLOW_DOWN_DELAY_SECONDS,
};
const MAILBOX_FULL: SmtpReason = {
  kind: 'throttled',
  sentence: 'The mailbox is full or closed for now; it is tried again in an hour.',
  retryAfterSeconds: MAILBOX_FULL_DELAY_SECONDS,
};
export const FULL_FOR_GOOD: SmtpReason = {
  kind: 'unreachable',
  sentence: 'The mailbox is full for good; ask the person for another address.',
  suppressAfter: 3,
};
export const SESSION_REFUSED: SmtpReason = {
  kind: 'misconfigured',
  sentence: 'The mail server refuses our connection; check SMTP_URL and whether our address is blocked there.',
};
export const NO_TLS: SmtpReason = {
  kind: 'misconfigured',
  sentence: 'No secure connection to the mail server could be made; check SMTP_URL and its certificate.',
};

/**
 * Replies by enhanced status code (RFC 3463 and the IANA registry), else by its first two numbers, else by the basic
 * code (RFC 5321, section 4.2.3; 530 to 535 of RFC 4954, section 6; 521 and 556 of RFC 7504), else by its first digit.
 */
export const SMTP_REPLIES: Readonly<Record<string, SmtpReason>> = {
  '4.1.8': SENDER_REFUSED,
  '4.2': MAILBOX_FULL,
  '4.3': BUSY,
  '4.4': BUSY,
  // Not the mailbox, which the basic code of too many recipients (452) speaks of as well.
  '4.5': BUSY,
  '4.7': SLOW_DOWN,
  '5.1': NO_SUCH_MAILBOX,
  '5.1.2': NO_SUCH_DOMAIN,
  // There may be such a mailbox: the address is ambiguous (5.1.4), or a gateway is in the way (5.1.9).
  '5.1.4': MAILBOX_UNAVAILABLE,
  '5.1.7': SENDER_REFUSED,
  '5.1.8': SENDER_REFUSED,
  '5.1.9': MAILBOX_UNAVAILABLE,
  // A null MX says for good that the domain takes no mail (RFC 7505).
  '5.1.10': { ...NO_ROUTE, suppressAfter: 1 },
  '5.2': { kind: 'unreachable', sentence: 'The mailbox is closed; ask the person for another address.' },
  '5.2.1': {
    kind: 'unreachable',
    sentence: 'The mailbox is disabled; ask the person for another address.',
    suppressAfter: 1,
  },
  '5.2.2': FULL_FOR_GOOD,
  '5.2.3': TOO_BIG,
  '5.3': PROTOCOL,
  '5.3.4': TOO_BIG,
  '5.4': NO_ROUTE,
  '5.4.4': NO_SUCH_DOMAIN,
  '5.5': PROTOCOL,
  // Commands out of order are the fault of this one connection, so another one may do.
  '5.5.1': BUSY,
  '5.6': {
    kind: 'rejected',
    sentence: 'The mail server cannot take the content or its encoding; simplify the message.',
  },
  '5.6.7': {
    kind: 'rejected',
    sentence: 'The mail server takes no addresses with international letters (SMTPUTF8); use an ASCII address.',
  },
  '5.7': POLICY,
  '5.7.0': NOT_SIGNED_IN,
  '5.7.8': NOT_SIGNED_IN,
  '421': BUSY,
  '450': BUSY,
  '451': BUSY,
  '452': MAILBOX_FULL,
  '503': BUSY,
  '521': NO_ROUTE,
  '530': NOT_SIGNED_IN,
  '534': NOT_SIGNED_IN,
  '535': NOT_SIGNED_IN,
  '550': MAILBOX_UNAVAILABLE,
  '551': MAILBOX_UNAVAILABLE,
  '552': TOO_BIG,
  '553': MAILBOX_UNAVAILABLE,
  '554': POLICY,
  '556': NO_ROUTE,
  '4': BUSY,
  '5': PROTOCOL,
};

/**
 * What the words of a final reply mean (`refusal-words.ts`); where one is missing, the code says it. What is too much at
 * once passes, whatever the code.
 */
export const FINAL_REFUSALS: Readonly<Partial<Record<Refusal, SmtpReason>>> = {
  sender: SENDER_REFUSED,
  rate: SLOW_DOWN,
  full: FULL_FOR_GOOD,
  too_big: TOO_BIG,
  sure_no_mailbox: NO_SUCH_MAILBOX,
  policy: POLICY,
  no_mailbox: NO_SUCH_MAILBOX,
};

/** What the words of a reply of class 4 mean, which is tried again in any case. */
export const PASSING_REFUSALS: Readonly<Partial<Record<Refusal, SmtpReason>>> = {
  rate: SLOW_DOWN,
  full: MAILBOX_FULL,
  policy: SLOW_DOWN,
};

/** Faults without a reply that are known to come before the message itself, by the code of nodemailer or of Node. */
export const FAULTS_BEFORE_BODY: Readonly<Record<string, SmtpReason & { code: string }>> = {
  ECONNREFUSED: {
    code: 'smtp_connection_refused',
    kind: 'transient',
    sentence: 'The mail server does not accept connections; check that it runs and that SMTP_URL is right.',
  },
  EDNS: {
    code: 'smtp_dns',
    kind: 'transient',
    sentence: 'The name of the mail server cannot be resolved; check SMTP_URL and the DNS.',
  },
  ETLS: { code: 'smtp_tls', ...NO_TLS },
  EAUTH: { code: 'smtp_auth', ...NOT_SIGNED_IN },
  ENOAUTH: { code: 'smtp_auth', ...NOT_SIGNED_IN },
  EOAUTH2: { code: 'smtp_auth', ...NOT_SIGNED_IN },
  EENVELOPE: {
    code: 'smtp_invalid_address',
    kind: 'rejected',
    sentence: 'The email address is not one that can be sent to; correct it.',
  },
};

/** Faults without a reply that can come at any time. */
export const BROKEN_OFF: Readonly<Record<string, { code: string; sentence: string }>> = {
  ETIMEDOUT: { code: 'smtp_timeout', sentence: 'The mail server did not answer in time' },
  EABORT: { code: 'smtp_timeout', sentence: 'The mail server did not finish in time' },
  ECONNECTION: { code: 'smtp_connection_lost', sentence: 'The connection to the mail server broke off' },
  ESOCKET: { code: 'smtp_connection_lost', sentence: 'The connection to the mail server broke off' },
};
