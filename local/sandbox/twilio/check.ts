import { isObject } from '../http-server.ts';
import { bareNumber, channelOf, E164, senderFault, serviceFault } from './senders.ts';

/** Limits of https://www.twilio.com/docs/messaging/api/message-resource. */
const BODY_LIMIT_CHARACTERS = 1600;
const MEDIA_LIMIT = 10;
const SCHEDULE_MIN_MS = 300_000;
const VALIDITY_LIMIT_SECONDS = 36_000;
const SCHEDULE_MAX_MS = 35 * 24 * 3_600_000;

/** The code of the first fault in the parameters of a new message, or null. Twilio answers all of these with 400. */
export function findFault(form: URLSearchParams): number | null {
  return missing(form) ?? faultySender(form) ?? faultyRecipient(form) ?? faultyContent(form) ?? faultyOption(form);
}

/** The values for a content, a JSON object of texts that are not empty (https://www.twilio.com/docs/api/errors/21656); else null. */
export function readVariables(text: string | null): Record<string, string> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isObject(value) && areTexts(value) ? value : null;
  } catch {
    return null;
  }
}

function areTexts(value: Record<string, unknown>): value is Record<string, string> {
  return Object.values(value).every((entry) => typeof entry === 'string' && entry !== '');
}

function missing(form: URLSearchParams): number | null {
  if (!form.get('To')) return 21604;
  if (!form.get('From') && !form.get('MessagingServiceSid')) return 21603;
  if (!form.get('Body') && !form.get('MediaUrl') && !form.get('ContentSid')) return 21602;
  return null;
}

function faultySender(form: URLSearchParams): number | null {
  const [service, from] = [form.get('MessagingServiceSid'), form.get('From')];
  return (service ? serviceFault(service) : null) ?? (from ? senderFault(from) : null);
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
  if (variables && !contentSid) return 21654;
  return variables && readVariables(variables) === null ? 21656 : null;
}

function faultyOption(form: URLSearchParams): number | null {
  const callback = form.get('StatusCallback');
  if (callback && !isCallbackUrl(callback)) return 21609;
  const validity = form.get('ValidityPeriod');
  if (validity && !isValidityPeriod(validity)) return 21624;
  if (form.get('ScheduleType') !== 'fixed') return null;
  if (!form.get('MessagingServiceSid')) return 35118;
  if (!form.get('SendAt')) return 35114;
  const delay = Date.parse(form.get('SendAt') ?? '') - Date.now();
  return delay > SCHEDULE_MIN_MS && delay <= SCHEDULE_MAX_MS ? null : 35115;
}

function isValidityPeriod(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= VALIDITY_LIMIT_SECONDS;
}

/** Twilio calls no host with an underscore in its name. */
function isCallbackUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !url.hostname.includes('_');
}
