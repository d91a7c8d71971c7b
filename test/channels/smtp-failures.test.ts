import { describe, expect, it } from 'vitest';
import { DeliveryFailure } from '../../src/channels/channel.ts';
import { SMTP_REPLIES } from '../../src/channels/smtp-codes.ts';
import { toDeliveryFailure } from '../../src/channels/smtp-failures.ts';
import { FAILURE_KINDS, type FailureKind } from '../../src/domain/failures.ts';

function reply(response: string, command: string, code = 'EENVELOPE'): Error {
  return Object.assign(new Error(`Refused: ${response}`), { code, command, response });
}

function fault(code: string, originalCode?: string): Error {
  return Object.assign(new Error('No reply'), { code, originalCode });
}

describe('a reply of the mail server', () => {
  it.each([
    ['550 5.1.1 No such user', 'RCPT TO', 'unreachable', 'smtp_5.1.1'],
    ['550 5.1.10 Null MX', 'RCPT TO', 'unreachable', 'smtp_5.1.10'],
    ['550-5.2.1 Disabled', 'RCPT TO', 'unreachable', 'smtp_5.2.1'],
    ['552 5.2.2 Over quota', 'RCPT TO', 'unreachable', 'smtp_5.2.2'],
    ['550 5.4.4 No route', 'RCPT TO', 'unreachable', 'smtp_5.4.4'],
    ['550 5.1.4 Ambiguous', 'RCPT TO', 'unreachable', 'smtp_5.1.4'],
    ['452 4.5.3 Too many recipients', 'RCPT TO', 'transient', 'smtp_4.5.3'],
    ['452 4.2.2 Mailbox full', 'RCPT TO', 'throttled', 'smtp_4.2.2'],
    ['450 4.2.1 Disabled for now', 'RCPT TO', 'throttled', 'smtp_4.2.1'],
    ['451 4.7.1 Greylisted', 'RCPT TO', 'throttled', 'smtp_4.7.1'],
    ['421 4.7.0 Reputation', 'DATA', 'throttled', 'smtp_4.7.0'],
    ['451 4.3.0 Local error', 'RCPT TO', 'transient', 'smtp_4.3.0'],
    ['421 4.4.2 Timeout', 'DATA', 'transient', 'smtp_4.4.2'],
    ['450 4.1.8 Sender domain', 'MAIL FROM', 'misconfigured', 'smtp_4.1.8'],
    ['552 5.3.4 Too big', 'DATA', 'rejected', 'smtp_5.3.4'],
    ['550 5.6.7 SMTPUTF8 needed', 'RCPT TO', 'rejected', 'smtp_5.6.7'],
    ['550 5.7.1 Spam', 'DATA', 'misconfigured', 'smtp_5.7.1'],
    ['550 5.7.26 Unauthenticated', 'DATA', 'misconfigured', 'smtp_5.7.26'],
    ['530 5.7.0 Sign in first', 'MAIL FROM', 'misconfigured', 'smtp_5.7.0'],
    ['503 5.5.1 Bad sequence', 'DATA', 'transient', 'smtp_5.5.1'],
    ['421 Shutting down', 'RCPT TO', 'transient', 'smtp_421'],
    ['452 Full', 'RCPT TO', 'throttled', 'smtp_452'],
    ['499 Whatever', 'RCPT TO', 'transient', 'smtp_499'],
    ['552 Too much', 'DATA', 'rejected', 'smtp_552'],
    ['554 No', 'DATA', 'misconfigured', 'smtp_554'],
    ['599 Whatever', 'RCPT TO', 'rejected', 'smtp_599'],
  ])('%s at %s is %s', (response, command, kind, code) => {
    expect(toDeliveryFailure(reply(response, command))).toMatchObject({ kind, code });
  });

  it('speaks of the recipient at RCPT, of us at MAIL', () => {
    expect(toDeliveryFailure(reply('550 5.1.0 Refused', 'RCPT TO')).kind).toBe('unreachable');
    expect(toDeliveryFailure(reply('550 5.1.0 Refused', 'MAIL FROM')).kind).toBe('misconfigured');
  });

  it('is about policy where a bare 550 comes after the message', () => {
    expect(toDeliveryFailure(reply('550 Refused', 'RCPT TO')).kind).toBe('unreachable');
    expect(toDeliveryFailure(reply('550 Refused', 'DATA', 'EMESSAGE')).kind).toBe('misconfigured');
  });

  it('is passing or our fault before the envelope, whatever its code says of mailboxes', () => {
    expect(toDeliveryFailure(reply('421 Busy', 'CONN', 'EPROTOCOL')).kind).toBe('transient');
    expect(toDeliveryFailure(reply('550 Blocked', 'CONN', 'EPROTOCOL')).kind).toBe('misconfigured');
    expect(toDeliveryFailure(reply('454 4.7.0 Later', 'AUTH PLAIN', 'EAUTH')).kind).toBe('transient');
    expect(toDeliveryFailure(reply('535 5.7.8 Wrong', 'AUTH PLAIN', 'EAUTH')).kind).toBe('misconfigured');
    expect(toDeliveryFailure(reply('454 TLS not available', 'STARTTLS', 'ETLS')).kind).toBe('misconfigured');
  });

  it('goes by its basic code where the enhanced one is of another class', () => {
    expect(toDeliveryFailure(reply('451 5.1.1 Odd', 'RCPT TO'))).toMatchObject({ kind: 'transient', code: 'smtp_451' });
  });

  it('is certain even after the message went out', () => {
    expect(toDeliveryFailure(reply('451 4.3.0 Not now', 'DATA', 'EMESSAGE'), true).kind).toBe('transient');
  });

  it('comes back in an hour where the mailbox is full', () => {
    expect(toDeliveryFailure(reply('452 4.2.2 Full', 'RCPT TO')).retryAfterSeconds).toBe(3600);
  });

  it('comes back in five minutes where the server is greylisting', () => {
    expect(toDeliveryFailure(reply('451 4.7.1 Greylisted', 'RCPT TO')).retryAfterSeconds).toBe(300);
  });

  it.each([
    ['550 5.1.1 No such user', 'RCPT TO', true],
    ['550 5.9.9 Whatever', 'RCPT TO', true],
    ['599 Whatever', 'RCPT TO', false],
    ['499 4.9.9 Whatever', 'DATA', false],
    ['599 Whatever', 'CONN', true],
  ])('%s at %s is known: %s', (response, command, isKnown) => {
    expect(toDeliveryFailure(reply(response, command)).isKnown).toBe(isKnown);
  });

  it.each([
    ['550 5.1.0 <bounces@mail.example.com> sender rejected. AUP#XYZ', 'misconfigured', null],
    ['550-Verification failed for <news@mail.example.com> 550 Sender verify failed', 'misconfigured', null],
    ['550 5.1.1 Access denied', 'misconfigured', null],
    ['550 No PTR record found. Reverse DNS required: 192.0.2.7', 'misconfigured', null],
    ['550 5.2.1 The user you are trying to contact is receiving mail at a rate that', 'throttled', null],
    ['552 sorry, this mailbox is over quota for now (#5.1.1)', 'unreachable', 3],
    ['550 5.1.1 <anna@example.org> max message size exceeded', 'rejected', null],
    ['550 5.1.1 Too many hops', 'unreachable', null],
    ['550 5.4.1 Recipient address rejected: Access denied. [AB1.prod.protection.outlook.com]', 'unreachable', 1],
    ['550 5.5.0 Invalid recipient', 'unreachable', 1],
    ['550 Recipient <anna@example.org> does not exist', 'unreachable', 1],
    ['550 Der Empfänger <anna@example.org> ist unbekannt', 'unreachable', 1],
    ['554 Utilisateur inconnu', 'unreachable', 1],
    ['421 4.2.1 Service refused, please try later. LPN006_1', 'throttled', null],
    ['450 4.1.1 User unknown', 'transient', null],
    ['451 4.3.0 Quota exceeded', 'throttled', null],
  ])('is believed by its words before its code: %s', (response, kind, suppressAfter) => {
    expect(toDeliveryFailure(reply(response, 'RCPT TO'))).toMatchObject({ kind, suppressAfter });
  });

  it('tells of a full mailbox after the message as well', () => {
    const failure = toDeliveryFailure(reply('552 Mailbox is over quota', 'DATA', 'EMESSAGE'));
    expect(failure).toMatchObject({ kind: 'unreachable', suppressAfter: 3 });
  });

  it('does not lend its words to the failure', () => {
    expect(toDeliveryFailure(reply('550 5.1.1 <ann@example.com> unknown', 'RCPT TO')).message).not.toContain('ann');
  });
});

describe('a fault without a reply', () => {
  it.each([
    ['ESOCKET', 'ECONNREFUSED', 'transient', 'smtp_connection_refused'],
    ['EDNS', 'ENOTFOUND', 'transient', 'smtp_dns'],
    ['ETLS', undefined, 'misconfigured', 'smtp_tls'],
    ['EAUTH', undefined, 'misconfigured', 'smtp_auth'],
    ['EENVELOPE', undefined, 'rejected', 'smtp_invalid_address'],
  ])('%s (%s) is %s', (code, originalCode, kind, expected) => {
    expect(toDeliveryFailure(fault(code, originalCode), false)).toMatchObject({ kind, code: expected });
  });

  it.each([
    ['ETIMEDOUT', 'smtp_timeout'],
    ['EABORT', 'smtp_timeout'],
    ['ECONNECTION', 'smtp_connection_lost'],
    ['ESOCKET', 'smtp_connection_lost'],
    ['ESOMETHING', 'smtp_unknown'],
  ])('%s is uncertain once the message was on its way, and transient before', (code, expected) => {
    expect(toDeliveryFailure(fault(code), true)).toMatchObject({ kind: 'uncertain', code: expected });
    expect(toDeliveryFailure(fault(code), false)).toMatchObject({ kind: 'transient', code: expected });
  });

  it('is uncertain where nothing is known of it, and said to be unknown', () => {
    expect(toDeliveryFailure(undefined)).toMatchObject({ kind: 'uncertain', isKnown: false });
  });

  it('stays as it is where it is a failure already', () => {
    const failure = new DeliveryFailure('rejected', 'smtp_5.6.7', 'No.');
    expect(toDeliveryFailure(failure)).toBe(failure);
  });
});

/** Every reply of the table by the kind that it has to have. */
const REPLIES: Partial<Record<FailureKind, string[]>> = {
  misconfigured: ['4.1.8', '5.1.7', '5.1.8', '5.7', '5.7.0', '5.7.8', '530', '534', '535', '554'],
  unreachable: [
    ...[
      '5.1',
      '5.1.2',
      '5.1.4',
      '5.1.9',
      '5.1.10',
      '5.2',
      '5.2.1',
      '5.2.2',
      '5.4',
      '5.4.4',
      '521',
      '550',
      '551',
      '553',
      '556',
    ],
  ],
  rejected: ['5', '5.2.3', '5.3', '5.3.4', '5.5', '5.6', '5.6.7', '552'],
  transient: ['4', '4.3', '4.4', '4.5', '421', '450', '451', '503', '5.5.1'],
  throttled: ['4.2', '4.7', '452'],
};

/** Replies that are the fault of the address, by how many such failures it is forgiven. */
const SUPPRESSING: Record<number, string[]> = {
  1: ['5.1', '5.1.10', '5.2.1'],
  2: ['5.1.2', '5.4.4'],
  3: ['5.2.2'],
};

describe('the table of replies', () => {
  it('has every reply as its kind', () => {
    const found = Object.groupBy(Object.entries(SMTP_REPLIES), ([, { kind }]) => kind);
    const codes = Object.entries(found).map(([kind, replies]) => [kind, replies.map(([code]) => code).sort()]);
    const expected = Object.entries(REPLIES).map(([kind, replies]) => [kind, replies.toSorted()]);
    expect(Object.fromEntries(codes)).toEqual(Object.fromEntries(expected));
  });

  it('suppresses an address after so many of these replies only', () => {
    const suppressing = Object.entries(SMTP_REPLIES).filter(([, { suppressAfter }]) => suppressAfter !== undefined);
    const found = Object.groupBy(suppressing, ([, { suppressAfter }]) => Number(suppressAfter));
    const codes = Object.entries(found).map(([after, replies = []]) => [after, replies.map(([code]) => code).sort()]);
    const expected = Object.entries(SUPPRESSING).map(([after, replies]) => [after, replies.toSorted()]);
    expect(Object.fromEntries(codes)).toEqual(Object.fromEntries(expected));
  });

  it.each([
    ['550 5.1.1 No such user', 1],
    ['550 5.1.0 Bad address', 1],
    ['550 5.1.3 Bad syntax', 1],
    ['550 5.1.6 Moved', 1],
    ['550 5.1.4 Ambiguous', null],
    ['552 5.2.2 Over quota', 3],
    ['550 5.4.4 No route', 2],
    ['550 5.7.1 Spam', null],
    ['550 Blocked', null],
  ])('forgives an address %s so often: %s', (response, suppressAfter) => {
    expect(toDeliveryFailure(reply(response, 'RCPT TO')).suppressAfter).toBe(suppressAfter);
  });

  it('says in one line what happened', () => {
    for (const { kind, sentence } of Object.values(SMTP_REPLIES)) {
      expect(FAILURE_KINDS).toContain(kind);
      expect(sentence).toMatch(/^[A-Z][^\n]+\.$/);
    }
  });
});
