import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { type Answer, PUBLIC_URL, type Service, TWILIO_AUTH_TOKEN } from '../support/service.ts';

export type Form = Record<string, string>;

const INBOUND_PATH = '/api/webhooks/twilio/inbound/';
const OUR_SMS_NUMBER = '+15005550006';
export const OUR_WHATSAPP_NUMBER = '+14155238886';

let count = 0;

/** What Twilio posts when somebody writes to us: a text, unless `more` says otherwise. */
export function textForm(from: string, more: Form = {}): Form {
  count += 1;
  return {
    ...{ MessageSid: `SM${String(count).padStart(32, '0')}`, AccountSid: 'AC1', SmsStatus: 'received', NumMedia: '0' },
    ...{ From: from, To: OUR_SMS_NUMBER, Body: 'Hello' },
    ...more,
  };
}

/** The same on WhatsApp. */
export function whatsappForm(from: string, more: Form = {}): Form {
  return textForm(`whatsapp:${from}`, { To: `whatsapp:${OUR_WHATSAPP_NUMBER}`, ProfileName: 'Ada', ...more });
}

export async function postInbound(service: Service, form: Form, token = TWILIO_AUTH_TOKEN): Promise<Answer> {
  const signature = getExpectedTwilioSignature(token, `${PUBLIC_URL}${INBOUND_PATH}`, form);
  return await service.request('POST', INBOUND_PATH, {
    ...{ key: null, raw: new URLSearchParams(form).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
  });
}
