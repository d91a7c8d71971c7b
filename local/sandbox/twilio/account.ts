import { type HttpAnswer, type HttpHandler, type HttpRequest, json } from '../http-server.ts';
import { twilioError } from './errors.ts';

export interface AccountApiOptions {
  accountSid: string;
  /** Whether a request carries the credentials of the account. */
  isAuthorized: (header: string | undefined) => boolean;
}

const CREATED = 'Thu, 01 Jan 2026 00:00:00 +0000';
const ACCOUNT = /^\/2010-04-01\/Accounts\/([^/]+)\.json$/;
const NUMBERS = /^\/2010-04-01\/Accounts\/([^/]+)\/IncomingPhoneNumbers\.json$/;
const SERVICE = /^\/v1\/Services\/(MG[0-9a-fA-F]{32})$/;

/** What a client looks at to see whether it is set up well: an active account that has every number and service. */
export function createAccountApi({ accountSid, isAuthorized }: AccountApiOptions): HttpHandler {
  return (request) => {
    const path = request.path.replace(/^\/(api|messaging)\.twilio\.com(?=\/)/, '');
    const owner = (ACCOUNT.exec(path) ?? NUMBERS.exec(path))?.[1];
    const service = SERVICE.exec(path)?.[1];
    if (owner === undefined && service === undefined) return null;
    if (!isAuthorized(request.headers.authorization)) return twilioError(401, 20003);
    if (request.method !== 'GET') return twilioError(405, 20004);
    if (service !== undefined) return json(200, describeService(request, accountSid, service));
    if (owner !== accountSid) return twilioError(404, 20404);
    return ACCOUNT.test(path) ? json(200, describeAccount(accountSid)) : listNumbers(request, accountSid);
  };
}

function describeAccount(sid: string): Record<string, unknown> {
  return {
    ...{ sid, owner_account_sid: sid, friendly_name: 'Sandbox', status: 'active', type: 'Full', auth_token: null },
    ...{ date_created: CREATED, date_updated: CREATED, subresource_uris: {}, uri: `/2010-04-01/Accounts/${sid}.json` },
  };
}

/** Every number that is asked for is there. */
function listNumbers({ query }: HttpRequest, accountSid: string): HttpAnswer {
  const number = query.get('PhoneNumber');
  const numbers = number === null ? [] : [describeNumber(number, accountSid)];
  const uri = `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers.json?${query}`;
  return json(200, {
    ...{ incoming_phone_numbers: numbers, page: 0, page_size: 50, start: 0, end: Math.max(0, numbers.length - 1) },
    ...{ uri, first_page_uri: uri, next_page_uri: null, previous_page_uri: null },
  });
}

function describeNumber(number: string, accountSid: string): Record<string, unknown> {
  const sid = `PN${number.replace(/\D/g, '').padStart(32, '0')}`;
  return {
    ...{ sid, account_sid: accountSid, phone_number: number, friendly_name: number, api_version: '2010-04-01' },
    ...{ capabilities: { voice: false, sms: true, mms: true, fax: false }, beta: false, origin: 'twilio' },
    ...{ address_requirements: 'none', address_sid: null, identity_sid: null, bundle_sid: null, trunk_sid: null },
    ...{
      sms_application_sid: null,
      sms_url: '',
      sms_method: 'POST',
      sms_fallback_url: '',
      sms_fallback_method: 'POST',
    },
    ...{ voice_application_sid: null, voice_url: '', voice_method: 'POST', voice_fallback_url: '' },
    ...{ voice_fallback_method: 'POST', voice_caller_id_lookup: false, voice_receive_mode: 'voice' },
    ...{ status_callback: '', status_callback_method: 'POST', status: 'in-use', type: null },
    ...{ emergency_status: 'Inactive', emergency_address_sid: null, emergency_address_status: 'unregistered' },
    ...{ date_created: CREATED, date_updated: CREATED },
    uri: `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
  };
}

function describeService({ headers }: HttpRequest, accountSid: string, sid: string): Record<string, unknown> {
  return {
    ...{ sid, account_sid: accountSid, friendly_name: 'Sandbox', usecase: 'notifications', validity_period: 36_000 },
    ...{ inbound_request_url: null, inbound_method: 'POST', fallback_url: null, fallback_method: 'POST' },
    ...{ status_callback: null, sticky_sender: true, mms_converter: true, smart_encoding: true },
    ...{ scan_message_content: 'inherit', fallback_to_long_code: true, area_code_geomatch: true },
    ...{ synchronous_validation: true, us_app_to_person_registered: false, use_inbound_webhook_on_number: true },
    ...{ date_created: '2026-01-01T00:00:00Z', date_updated: '2026-01-01T00:00:00Z', links: {} },
    url: `http://${headers.host ?? '127.0.0.1'}/v1/Services/${sid}`,
  };
}
