import PostalMime, { type Email } from 'postal-mime';
import type { Bounce, BounceCategory, BounceVerdict } from '../domain/bounces.ts';
import { readFeedbackReport } from './arf.ts';
import { readReferences } from './bounce-references.ts';
import { readDeliveryStatus } from './dsn.ts';
import { type HeaderFields, readHeader } from './header-fields.ts';
import { quotedMail, readLegacyNotice } from './legacy-bounces.ts';

/** Largest mail that is read, in bytes: a report quotes the header of what came back, seldom more. */
export const EMAIL_RECEIPT_SIZE_LIMIT = 1_000_000;

/** By whom and to whom a mail was sent, as far as that is known. */
export interface ReceivedEnvelope {
  /** Empty for the null sender of reports; null where it is not known. */
  readonly sender: string | null;
  readonly recipients: readonly string[];
}

/** Each costs the parser time, however short it is. Reports come first in a mail, and what came back last. */
const MAX_LINES = 10_000;
/** Of each part, in characters, so that no pattern has to look through more. */
const PART_LIMIT = 64_000;

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
  // What cannot be taken apart, because it is nested too deeply, is nothing that a mail server writes.
  const options = { attachmentEncoding: 'utf8', forceRfc822Attachments: true } as const;
  const mail = await PostalMime.parse(firstLines(raw, MAX_LINES), options).catch(() => null);
  return mail === null ? 'not_a_bounce' : readMail(mail, envelope);
}

function firstLines(raw: Buffer, count: number): Buffer {
  let end = 0;
  for (let line = 0; line < count; line += 1) {
    const next = raw.indexOf(0x0a, end);
    if (next === -1) return raw;
    end = next + 1;
  }
  return raw.subarray(0, end);
}

function readMail(mail: Email, envelope: ReceivedEnvelope): Bounce | 'auto_reply' | 'not_a_bounce' {
  const header = headerOf(mail);
  const text = reportText(mail);
  const feedback = partsOf(mail, FEEDBACK).map(readFeedbackReport);
  const notifications = partsOf(mail, DELIVERY_STATUS).map(readDeliveryStatus);
  const verdict = readVerdict(mail, { header, text, feedback, notifications, sender: envelope.sender });
  if (typeof verdict === 'string') return verdict;
  const references = readReferences({
    recipients: envelope.recipients,
    noticeHeader: header,
    returnedHeader: readHeader(partsOf(mail, RETURNED)[0] ?? quotedMail(text)),
    envelopeIds: [...feedback, ...notifications].flatMap(({ envelopeIds }) => envelopeIds),
    originalMailFrom: feedback[0]?.originalMailFrom ?? '',
  });
  return { ...verdict, references };
}

const FEEDBACK = ['message/feedback-report'];
const DELIVERY_STATUS = ['message/delivery-status', 'message/global-delivery-status'];
const RETURNED = ['text/rfc822-headers', 'message/rfc822', 'message/global', 'message/global-headers'];

interface Readings {
  readonly header: HeaderFields;
  readonly text: string;
  readonly feedback: readonly ReturnType<typeof readFeedbackReport>[];
  readonly notifications: readonly ReturnType<typeof readDeliveryStatus>[];
  readonly sender: string | null;
}

function readVerdict(mail: Email, readings: Readings): BounceVerdict | 'auto_reply' | 'not_a_bounce' {
  const { header, text, feedback, notifications, sender } = readings;
  if (feedback[0] !== undefined) return feedback[0].verdict;
  if (notifications.length > 0) return mildest(notifications.flatMap(({ verdicts }) => verdicts));
  // That a person has read something (RFC 8098) is no bounce.
  if (partsOf(mail, ['message/disposition-notification']).length > 0) return 'auto_reply';
  return readLegacyNotice({ header, subject: (mail.subject ?? '').slice(0, PART_LIMIT), text, sender });
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

function partsOf(mail: Email, types: readonly string[]): string[] {
  return mail.attachments
    .filter(({ mimeType }) => types.includes(mimeType.toLowerCase()))
    .map(({ content }) => (typeof content === 'string' ? content : '').slice(0, PART_LIMIT));
}

function headerOf(mail: Email): HeaderFields {
  const fields = new Map<string, string>();
  for (const { key, value } of mail.headers) if (!fields.has(key)) fields.set(key, value.slice(0, PART_LIMIT));
  return fields;
}

function reportText(mail: Email): string {
  const { text, html } = mail;
  if (text !== undefined && text.trim() !== '') return text.slice(0, PART_LIMIT).replaceAll('\r\n', '\n');
  return (html ?? '').slice(0, PART_LIMIT).replace(/<[^<>]*>/g, ' ');
}
