import { randomBytes } from 'node:crypto';
import segmentation from 'sms-segments-calculator';
import type { Receipt } from '../magic-numbers.ts';
import { rfc2822 } from './dates.ts';
import { errorMessage } from './errors.ts';
import type { RenderedContent } from './render-content.ts';
import { ACCOUNT_NUMBER, channelOf } from './senders.ts';

export const API_VERSION = '2010-04-01';

/** What each segment of a message costs. */
const SEGMENT_PRICE = 0.0075;

/** Short texts in the part of ASCII that GSM 03.38 has too: the full count takes about a millisecond. */
const ONE_SEGMENT = /^[\n -Z_a-z]{0,160}$/;

export type TwilioStatus = 'accepted' | 'scheduled' | 'canceled' | Receipt['status'];

/** A Message resource. */
export interface TwilioMessage {
  readonly sid: string;
  readonly accountSid: string;
  readonly to: string;
  from: string | null;
  body: string;
  readonly mediaUrls: readonly string[];
  readonly messagingServiceSid: string | null;
  readonly statusCallback: string | null;
  status: TwilioStatus;
  segments: number;
  errorCode: number | null;
  readonly createdAt: Date;
  updatedAt: Date;
  sentAt: Date | null;
  /** When it became final for the first time. */
  finalAt: Date | null;
}

const RANK: Record<TwilioStatus, number> = {
  scheduled: 0,
  accepted: 0,
  queued: 1,
  sent: 2,
  canceled: 3,
  undelivered: 3,
  failed: 3,
  delivered: 4,
  read: 5,
};

const FIRST_FINAL_RANK = 3;

/**
 * A new message from parameters that have been checked. Sent by a Messaging Service it has no sender and segments yet.
 * @param rendered what its content is, where it has one
 */
export function createMessage(
  form: URLSearchParams,
  accountSid: string,
  rendered: RenderedContent | null,
): TwilioMessage {
  const mediaUrls = rendered?.mediaUrls ?? form.getAll('MediaUrl');
  const service = form.get('MessagingServiceSid') || null;
  const now = new Date();
  const message: TwilioMessage = {
    sid: (mediaUrls.length > 0 ? 'MM' : 'SM') + randomBytes(16).toString('hex'),
    accountSid,
    to: form.get('To') ?? '',
    from: service === null ? form.get('From') : null,
    body: rendered?.text ?? form.get('Body') ?? '',
    mediaUrls,
    messagingServiceSid: service,
    statusCallback: form.get('StatusCallback') || null,
    status: initialStatus(form),
    segments: 0,
    errorCode: null,
    createdAt: now,
    updatedAt: now,
    sentAt: null,
    finalAt: null,
  };
  if (service === null) message.segments = countSegments(message);
  return message;
}

/** The number that a message is from; with a Messaging Service, the one that this picks. */
export function senderOf(message: TwilioMessage): string {
  return message.from ?? (channelOf(message.to) === 'sms' ? ACCOUNT_NUMBER : `whatsapp:${ACCOUNT_NUMBER}`);
}

/** Moves a message forward; a receipt that comes late changes nothing. */
export function advance(message: TwilioMessage, receipt: Receipt): void {
  message.from = senderOf(message);
  if (message.segments === 0) message.segments = countSegments(message);
  if (RANK[receipt.status] <= RANK[message.status]) return;
  message.status = receipt.status;
  message.errorCode = receipt.errorCode ?? null;
  message.updatedAt = new Date();
  if (isFinal(message)) message.finalAt ??= message.updatedAt;
  if (receipt.status !== 'queued' && receipt.status !== 'failed') message.sentAt ??= message.updatedAt;
}

/** Cancels a scheduled message; false for any other, which is on its way and cannot be called back. */
export function cancel(message: TwilioMessage): boolean {
  if (message.status !== 'scheduled') return false;
  message.status = 'canceled';
  message.updatedAt = new Date();
  return true;
}

export function isFinal({ status }: TwilioMessage): boolean {
  return RANK[status] >= FIRST_FINAL_RANK;
}

/**
 * The resource as the API shows it: every property spelled out, because a client takes a missing date for now.
 * @param priceDelayMs how long after it became final a message has its price; one that failed never has
 */
export function representMessage(message: TwilioMessage, priceDelayMs: number): Record<string, unknown> {
  const uri = `/${API_VERSION}/Accounts/${message.accountSid}/Messages/${message.sid}`;
  const price = priceOf(message, priceDelayMs);
  return {
    account_sid: message.accountSid,
    api_version: API_VERSION,
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: 'outbound-api',
    error_code: message.errorCode,
    error_message: message.errorCode === null ? null : errorMessage(message.errorCode),
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.mediaUrls.length),
    num_segments: String(message.segments),
    price,
    price_unit: price === null ? null : 'USD',
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}

/** A negative amount, as Twilio writes what it takes. */
function priceOf({ finalAt, sentAt, segments }: TwilioMessage, delayMs: number): string | null {
  if (finalAt === null || sentAt === null || Date.now() < finalAt.getTime() + delayMs) return null;
  return (-SEGMENT_PRICE * segments).toFixed(5);
}

function initialStatus(form: URLSearchParams): TwilioStatus {
  if (form.get('ScheduleType') === 'fixed') return 'scheduled';
  return form.get('MessagingServiceSid') ? 'accepted' : 'queued';
}

function countSegments(message: TwilioMessage): number {
  if (channelOf(message.to) === 'whatsapp' || ONE_SEGMENT.test(message.body)) return 1;
  return new segmentation.SegmentedMessage(message.body).segmentsCount;
}
