import type { Bounce, BounceCategory, BounceVerdict } from '../domain/bounces.ts';
import {
  type DeliveryStatusNotification,
  type RecipientStatus,
  readDeliveryStatus,
} from './bounces/delivery-status.ts';
import { failureVerdict } from './bounces/failure-verdicts.ts';
import { complaintVerdict, type FeedbackReport, readFeedbackReport } from './bounces/feedback-reports.ts';
import { type HeaderFields, readHeader } from './bounces/header-fields.ts';
import { type ReceivedMail, readMailParts } from './bounces/mail-parts.ts';
import { type Notice, outcomeOf, readNotice, repliesIn } from './bounces/notices.ts';
import { addressesOf, readReferences } from './bounces/references.ts';
import { RETURNED_TYPES, readReportText, withoutQuotes } from './bounces/report-text.ts';
import { readServiceEvent } from './bounces/service-events.ts';

/** Largest mail that is read, in bytes: a report quotes the header of what came back, seldom more. */
export const EMAIL_RECEIPT_SIZE_LIMIT = 1_000_000;

/** By whom and to whom a mail was sent, as far as that is known. */
export interface ReceivedEnvelope {
  /** Empty for the null sender of reports; null where it is not known. */
  readonly sender: string | null;
  readonly recipients: readonly string[];
}

/**
 * Reads what has come back to a return path: a delivery status notification (RFC 3464, RFC 6533), a feedback report
 * (RFC 5965), or a notice in one of the forms of old mail servers. Never throws; anybody can send anything there, so
 * nothing of the result is to be believed before its references are checked.
 */
export async function parseEmailReceipt(
  raw: Buffer,
  envelope: ReceivedEnvelope,
): Promise<Bounce | 'auto_reply' | 'not_a_bounce'> {
  if (raw.length > EMAIL_RECEIPT_SIZE_LIMIT) return 'not_a_bounce';
  const mail = readMailParts(raw);
  return readMail(wrappedReport(mail) ?? mail, envelope);
}

/** A gateway may put the report of another server into a mail of its own, without a word. */
function wrappedReport(mail: ReceivedMail): ReceivedMail | null {
  const [only, ...others] = mail.parts;
  if (only?.type !== 'message/rfc822' || others.length > 0) return null;
  const inner = readMailParts(Buffer.from(only.text));
  return partsOf(inner, DELIVERY_STATUS).length > 0 ? inner : null;
}

function readMail(mail: ReceivedMail, envelope: ReceivedEnvelope): Bounce | 'auto_reply' | 'not_a_bounce' {
  const reading = takeApart(mail, envelope);
  const verdict = readVerdict(mail, reading);
  if (typeof verdict === 'string') return verdict;
  const { feedback, notifications, returnedHeader } = reading;
  const references = readReferences({
    recipients: envelope.recipients,
    noticeHeader: mail.header,
    returnedHeader,
    envelopeIds: [...feedback, ...notifications].flatMap(({ envelopeIds }) => envelopeIds),
    originalMailFrom: feedback[0]?.originalMailFrom ?? '',
  });
  return { ...verdict, references };
}

const FEEDBACK = ['message/feedback-report'];
/** Some mailbox providers send the fields of a feedback report as plain text. */
const PLAIN_FEEDBACK = /^\s*(?:[\w-]+: [^\n]*\n){0,3}Feedback-Type:/i;
const DELIVERY_STATUS = ['message/delivery-status', 'message/global-delivery-status'];

/** Our mails have one; a list behind it may report more. */
const MAX_RECIPIENTS = 5;

interface Reading {
  readonly notice: Notice;
  readonly feedback: readonly FeedbackReport[];
  readonly notifications: readonly DeliveryStatusNotification[];
  readonly returnedHeader: HeaderFields;
}

function takeApart(mail: ReceivedMail, envelope: ReceivedEnvelope): Reading {
  const { header, subject, parts } = mail;
  const { report, copy } = readReportText(parts);
  const returned = partsOf(mail, RETURNED_TYPES)[0];
  const returnedHeader = readHeader(returned ?? copy);
  const notifications = partsOf(mail, DELIVERY_STATUS).map(readDeliveryStatus);
  const recipients = [
    ...notifications.flatMap((notification) => notification.recipients.flatMap(({ addresses }) => addresses)),
    ...addressesOf(header, ['x-failed-recipients']),
    ...addressesOf(returnedHeader, ['to', 'x-envelope-to']),
  ];
  const senders = [
    ...envelope.recipients,
    ...addressesOf(header, ['to', 'delivered-to', 'x-original-to']),
    ...addressesOf(returnedHeader, ['from', 'return-path', 'sender', 'reply-to', 'x-envelope-from']),
  ];
  const lower = (addresses: readonly string[]) => addresses.map((address) => address.toLowerCase());
  const ourSubject = (returnedHeader.get('subject') ?? '').trim();
  const notice: Notice = {
    header,
    subject,
    report: withoutQuotes(report, ourSubject),
    hasCopy: returned !== undefined || copy !== '',
    sender: envelope.sender,
    parties: { recipients: lower(recipients), senders: lower(senders) },
  };
  const plainFeedback = partsOf(mail, ['text/plain']).filter((text) => PLAIN_FEEDBACK.test(text.slice(0, 1_000)));
  const feedback = [...partsOf(mail, FEEDBACK), ...plainFeedback].map(readFeedbackReport);
  return { notice, feedback, notifications, returnedHeader };
}

function readVerdict(mail: ReceivedMail, reading: Reading): BounceVerdict | 'auto_reply' | 'not_a_bounce' {
  const { notice, feedback, notifications } = reading;
  if (feedback[0] !== undefined) return feedback[0].verdict;
  const event = readServiceEvent(partsOf(mail, ['text/plain'])[0] ?? '');
  if (event !== null && event.complaint !== null) return complaintVerdict(event.complaint);
  const told = event?.recipients ?? notifications.flatMap(({ recipients }) => recipients);
  const recipients = told.slice(0, MAX_RECIPIENTS);
  if (recipients.length > 0) return mildest(recipients.map((recipient) => recipientVerdict(recipient, notice)));
  const isReceipt = partsOf(mail, ['message/disposition-notification']).length > 0;
  // That a person has read something (RFC 8098) is no bounce; some servers refuse a mail in the same form.
  if (isReceipt && !/\brejected\b/i.test(notice.report)) return 'auto_reply';
  return readNotice(notice);
}

function recipientVerdict({ action, status, diagnostic }: RecipientStatus, notice: Notice): BounceVerdict {
  const code = `smtp_${status ?? 'unknown'}`;
  const meant =
    action === 'other' ? (outcomeOf(notice) ?? (status?.startsWith('5') === true ? 'failed' : 'other')) : action;
  if (meant !== 'failed') return { category: meant, code, suppressAfter: null };
  return failureVerdict({
    status: status?.startsWith('2') === true ? null : status,
    diagnostic: diagnostic.trim() === '' ? repliesIn(notice.report) : diagnostic,
    report: notice.report,
    parties: notice.parties,
  });
}

const MILDEST_FIRST: readonly BounceCategory[] = [
  'delivered',
  'relayed',
  'delayed',
  'other',
  'failed',
  'content',
  'block',
  'soft',
  'complaint',
  'hard',
];

/** Our mails have one recipient: where there are several, it stood for them, and did not fail where one of them got it. */
function mildest(verdicts: readonly BounceVerdict[]): BounceVerdict {
  const rank = ({ category }: BounceVerdict) => MILDEST_FIRST.indexOf(category);
  const sorted = [...verdicts].sort((one, other) => rank(one) - rank(other));
  return sorted[0] ?? { category: 'other', code: 'smtp_unknown', suppressAfter: null };
}

function partsOf(mail: ReceivedMail, types: readonly string[]): string[] {
  return mail.parts.filter(({ type }) => types.includes(type)).map(({ text }) => text);
}
