import { type HttpHandler, type HttpRequest, json, originOf } from '../http-server.ts';
import { numberSid } from './account-api.ts';
import { twilioError } from './errors.ts';
import { metaPage } from './meta-page.ts';
import { ACCOUNT_NUMBER, serviceFault } from './senders.ts';

const ROUTE = /^\/v1\/Services\/(MG[0-9a-fA-F]{32})(\/PhoneNumbers)?$/;
const CREATED = '1970-01-01T00:00:00Z';
/** The code of a Messaging Service that exists and has no numbers. */
const NO_NUMBERS = 21704;

/** Messaging Services and their numbers, to look at only: https://www.twilio.com/docs/messaging/api/service-resource. */
export function createServiceApi(accountSid: string): HttpHandler {
  return (request) => {
    const [route, sid = '', numbers] = ROUTE.exec(request.path) ?? [];
    if (route === undefined) return null;
    const fault = serviceFault(sid);
    if (fault !== null && fault !== NO_NUMBERS) return twilioError(404, 20404);
    if (request.method !== 'GET') return twilioError(405, 20004);
    if (numbers === undefined) return json(200, representService(request, sid, accountSid));
    const found = fault === NO_NUMBERS ? [] : [ACCOUNT_NUMBER];
    const represent = (number: string) => representNumber(request, number, sid, accountSid);
    return json(200, metaPage(request, 'phone_numbers', found, represent));
  };
}

function representService(request: HttpRequest, sid: string, accountSid: string): Record<string, unknown> {
  const url = `${originOf(request)}/v1/Services/${sid}`;
  return {
    ...{ sid, account_sid: accountSid, friendly_name: 'Sandbox', date_created: CREATED, date_updated: CREATED, url },
    ...{ inbound_request_url: null, inbound_method: 'POST', fallback_url: null, fallback_method: 'POST' },
    ...{ status_callback: null, sticky_sender: true, mms_converter: true, smart_encoding: false },
    ...{ scan_message_content: 'inherit', fallback_to_long_code: true, area_code_geomatch: true },
    ...{ synchronous_validation: false, validity_period: 36_000, usecase: 'undeclared' },
    ...{ us_app_to_person_registered: false, use_inbound_webhook_on_number: false },
    links: { phone_numbers: `${url}/PhoneNumbers` },
  };
}

function representNumber(
  request: HttpRequest,
  number: string,
  serviceSid: string,
  accountSid: string,
): Record<string, unknown> {
  const sid = numberSid(number);
  return {
    ...{ sid, account_sid: accountSid, service_sid: serviceSid, phone_number: number, country_code: 'US' },
    ...{ capabilities: ['SMS', 'MMS'], date_created: CREATED, date_updated: CREATED },
    url: `${originOf(request)}/v1/Services/${serviceSid}/PhoneNumbers/${sid}`,
  };
}
