import { randomBytes } from 'node:crypto';
import segmentation from 'sms-segments-calculator';
import type { Receipt } from '../magic.ts';
import { channelOf } from './check.ts';
import { errorMessage } from './errors.ts';

export const API_VERSION = '2010-04-01';

/** The sender that a Messaging Service picks, and what a message costs. */
const SERVICE_SENDER = '+15005550006';
const PRICE = '-0.00750';

/** Short texts in the part of ASCII that GSM 03.38 has too: the full count takes about a millisecond. */
const ONE_SEGMENT = /^[\n -Z_a-z]{0,160}$/;

export type TwilioStatus = 'accepted' | 'scheduled' | 'queued' | 'canceled' | Receipt['status'];

/** A Message resource. */
export interface TwilioMessage {
  readonly sid: string;
  readonly accountSid: string;
  readonly to: string;
  from: string | null;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  readonly messagingServiceSid: string | null;
  readonly statusCallback: string | null;
  status: TwilioStatus;
  segments: number;
  errorCode: number | null;
  price: string | null;
  readonly createdAt: Date;
  updatedAt: Date;
  sentAt: Date | null;
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

/** A new message from parameters that have been checked. Sent by a Messaging Service it has no sender and segments yet. */
export function createMessage(form: URLSearchParams, accountSid: string): TwilioMessage {
  const mediaUrls = form.getAll('MediaUrl');
  const service = form.get('MessagingServiceSid') || null;
  const now = new Date();
  const message: TwilioMessage = {
    sid: (mediaUrls.length > 0 ? 'MM' : 'SM') + randomBytes(16).toString('hex'),
    accountSid,
    to: form.get('To') ?? '',
    from: service === null ? form.get('From') : null,
    body: form.get('Body') ?? '',
    mediaUrls,
    messagingServiceSid: service,
    statusCallback: form.get('StatusCallback') || null,
    status: initialStatus(form),
    segments: 0,
    errorCode: null,
    price: null,
    createdAt: now,
    updatedAt: now,
    sentAt: null,
  };
  if (service === null) message.segments = countSegments(message);
  return message;
}

/** Moves a message forward; a receipt that comes late changes nothing. */
export function advance(message: TwilioMessage, receipt: Receipt): void {
  message.from ??= channelOf(message.to) === 'sms' ? SERVICE_SENDER : `whatsapp:${SERVICE_SENDER}`;
  if (message.segments === 0) message.segments = countSegments(message);
  if (RANK[receipt.status] <= RANK[message.status]) return;
  message.status = receipt.status;
  message.errorCode = receipt.errorCode ?? null;
  message.updatedAt = new Date();
  if (receipt.status === 'failed') return;
  message.sentAt ??= message.updatedAt;
  message.price = PRICE;
}

/** Cancels a scheduled message; false for any other, which is on its way and cannot be called back. */
export function cancel(message: TwilioMessage): boolean {
  if (message.status !== 'scheduled') return false;
  message.status = 'canceled';
  message.updatedAt = new Date();
  return true;
}

/** The resource as the API shows it: every property spelled out, because a client takes a missing date for now. */
export function representMessage(message: TwilioMessage): Record<string, unknown> {
  const uri = `/${API_VERSION}/Accounts/${message.accountSid}/Messages/${message.sid}`;
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
    price: message.price,
    price_unit: message.price === null ? null : 'USD',
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}

function initialStatus(form: URLSearchParams): TwilioStatus {
  if (form.get('ScheduleType') === 'fixed') return 'scheduled';
  return form.get('MessagingServiceSid') ? 'accepted' : 'queued';
}

function countSegments(message: TwilioMessage): number {
  if (channelOf(message.to) === 'whatsapp' || ONE_SEGMENT.test(message.body)) return 1;
  return new segmentation.SegmentedMessage(message.body).segmentsCount;
}

function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
