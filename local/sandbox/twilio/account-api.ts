import { createHash } from 'node:crypto';
import { type HttpHandler, json } from '../http-server.ts';
import { SENDER_RULES } from '../magic-senders.ts';
import { rfc2822 } from './dates.ts';
import { twilioError } from './errors.ts';
import { API_VERSION } from './message.ts';
import { ACCOUNT_NUMBER, E164 } from './senders.ts';

const ROUTE = /^\/2010-04-01\/Accounts\/([^/]+)(?:\/(IncomingPhoneNumbers))?\.json$/;

/** The one number of the account that can call but not text; a create from it is refused (magic-senders.ts). */
const VOICE_ONLY = '+15005550011';

/** Nobody asks for the real date. */
const CREATED = rfc2822(new Date(0));

/**
 * The account and its numbers, to look at only: https://www.twilio.com/docs/iam/api/account and
 * https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource.
 */
export function createAccountApi(accountSid: string): HttpHandler {
  return ({ path, method, query }) => {
    const [route, sid, numbers] = ROUTE.exec(path) ?? [];
    if (route === undefined) return null;
    if (sid !== accountSid) return twilioError(404, 20404);
    if (method !== 'GET') return twilioError(405, 20004);
    return json(200, numbers === undefined ? representAccount(sid) : listNumbers(sid, query));
  };
}

/** The token is left out, as Twilio does for clients that sign in with an API key. */
function representAccount(sid: string): Record<string, unknown> {
  const uri = `/${API_VERSION}/Accounts/${sid}`;
  return {
    ...{ sid, owner_account_sid: sid, friendly_name: 'Sandbox', status: 'active', type: 'Full', auth_token: null },
    ...{ date_created: CREATED, date_updated: CREATED, uri: `${uri}.json` },
    subresource_uris: {
      messages: `${uri}/Messages.json`,
      incoming_phone_numbers: `${uri}/IncomingPhoneNumbers.json`,
    },
  };
}

/** With a number, that one, where it is the account's own; else the one number that stands for all. */
function listNumbers(accountSid: string, query: URLSearchParams): Record<string, unknown> {
  // A plus sign that was not escaped is a space.
  const number = query.get('PhoneNumber')?.replace(/^ /, '+') || ACCOUNT_NUMBER;
  const numbers = isOwn(number) ? [number] : [];
  const uri = `/${API_VERSION}/Accounts/${accountSid}/IncomingPhoneNumbers.json?${query}`;
  return {
    ...{ end: 0, start: 0, page: 0, page_size: 50, uri, first_page_uri: uri },
    ...{ next_page_uri: null, previous_page_uri: null },
    incoming_phone_numbers: numbers.map((phoneNumber) => representNumber(accountSid, phoneNumber)),
  };
}

function isOwn(number: string): boolean {
  const isForeign = SENDER_RULES.some((rule) => rule.number === number && [21212, 21606].includes(rule.errorCode));
  return E164.test(number) && (!isForeign || number === VOICE_ONLY);
}

function representNumber(accountSid: string, number: string): Record<string, unknown> {
  const sid = numberSid(number);
  const canText = number !== VOICE_ONLY;
  const capabilities = { voice: true, sms: canText, mms: canText, fax: false };
  return {
    ...{ sid, account_sid: accountSid, phone_number: number, friendly_name: number, capabilities },
    ...{ api_version: API_VERSION, date_created: CREATED, date_updated: CREATED, beta: false },
    ...{ origin: 'twilio', status: 'in-use', type: 'local', address_requirements: 'none' },
    ...{ address_sid: null, bundle_sid: null, identity_sid: null, trunk_sid: null },
    ...{ emergency_address_sid: null, emergency_address_status: 'unregistered', emergency_status: 'Inactive' },
    ...{ sms_url: '', sms_method: 'POST', sms_fallback_url: '', sms_fallback_method: 'POST' },
    ...{ sms_application_sid: null, voice_application_sid: null, voice_receive_mode: 'voice' },
    ...{ voice_url: '', voice_method: 'POST', voice_fallback_url: '', voice_fallback_method: 'POST' },
    ...{ voice_caller_id_lookup: false, status_callback: '', status_callback_method: 'POST' },
    uri: `/${API_VERSION}/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
  };
}

/** The same for a number each time. */
export function numberSid(number: string): string {
  return `PN${createHash('sha256').update(number).digest('hex').slice(0, 32)}`;
}
