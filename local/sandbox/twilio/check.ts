import { SENDER_RULES } from '../magic.ts';

const E164 = /^\+[1-9]\d{6,14}$/;
const SHORT_CODE = /^\d{3,8}$/;
const ALPHANUMERIC_SENDER = /^(?=.*[A-Za-z])[A-Za-z0-9 &_-][A-Za-z0-9 &_+-]{0,10}$/;

/** Limits of https://www.twilio.com/docs/messaging/api/message-resource. */
const BODY_LIMIT_CHARACTERS = 1600;
const MEDIA_LIMIT = 10;
const SCHEDULE_MIN_MS = 300_000;
const SCHEDULE_MAX_MS = 35 * 24 * 3_600_000;

/** The code of the first fault in the parameters of a new message, or null. Twilio answers all of these with 400. */
export function findFault(form: URLSearchParams): number | null {
  return missing(form) ?? faultySender(form) ?? faultyRecipient(form) ?? faultyContent(form) ?? faultyOption(form);
}

/** A channel address without its channel: `whatsapp:+1…` is `+1…`. */
export function bareNumber(address: string): string {
  return address.replace(/^whatsapp:/, '');
}

export function channelOf(address: string): 'sms' | 'whatsapp' {
  return address.startsWith('whatsapp:') ? 'whatsapp' : 'sms';
}

function missing(form: URLSearchParams): number | null {
  if (!form.get('To')) return 21604;
  if (!form.get('From') && !form.get('MessagingServiceSid')) return 21603;
  if (!form.get('Body') && !form.get('MediaUrl') && !form.get('ContentSid')) return 21602;
  return null;
}

function faultySender(form: URLSearchParams): number | null {
  const service = form.get('MessagingServiceSid');
  if (service && !/^MG[0-9a-fA-F]{32}$/.test(service)) return 21705;
  const from = form.get('From');
  if (!from) return null;
  const number = bareNumber(from);
  const rule = SENDER_RULES.find((sender) => sender.number === number);
  if (rule !== undefined) return rule.errorCode;
  const senders = channelOf(from) === 'sms' ? [E164, SHORT_CODE, ALPHANUMERIC_SENDER] : [E164];
  return senders.some((sender) => sender.test(number)) ? null : 21212;
}

function faultyRecipient(form: URLSearchParams): number | null {
  const to = form.get('To') ?? '';
  const from = form.get('From');
  if (!E164.test(bareNumber(to))) return 21211;
  if (from && channelOf(from) !== channelOf(to)) return 21910;
  return from === to ? 21266 : null;
}

function faultyContent(form: URLSearchParams): number | null {
  const media = form.getAll('MediaUrl');
  const contentSid = form.get('ContentSid');
  const variables = form.get('ContentVariables');
  if ((form.get('Body') ?? '').length > BODY_LIMIT_CHARACTERS) return 21617;
  if (media.length > MEDIA_LIMIT) return 21623;
  if (!media.every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''))) return 21620;
  if (contentSid && !/^HX[0-9a-fA-F]{32}$/.test(contentSid)) return 21655;
  if (variables && form.get('Body')) return 35127;
  return variables && !areVariables(variables) ? 21656 : null;
}

/** Whether the text is a JSON object of texts that are not empty: https://www.twilio.com/docs/api/errors/21656. */
function areVariables(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.values(value).every((entry) => typeof entry === 'string' && entry !== '');
  } catch {
    return false;
  }
}

function faultyOption(form: URLSearchParams): number | null {
  const callback = form.get('StatusCallback');
  if (callback && !isCallbackUrl(callback)) return 21609;
  if (form.get('ScheduleType') !== 'fixed') return null;
  if (!form.get('MessagingServiceSid')) return 35118;
  const delay = Date.parse(form.get('SendAt') ?? '') - Date.now();
  return delay > SCHEDULE_MIN_MS && delay <= SCHEDULE_MAX_MS ? null : 35115;
}

/** Twilio calls no host with an underscore in its name. */
function isCallbackUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !url.hostname.includes('_');
}
