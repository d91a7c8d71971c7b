import { createHmac } from 'node:crypto';

export interface SignedForm {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * A form as Twilio posts it to a webhook, signed: https://www.twilio.com/docs/usage/webhooks/webhooks-security.
 * @param token the same for each copy of one request
 */
export function signedForm(
  authToken: string,
  webhook: string,
  parameters: Record<string, string>,
  token: string,
): SignedForm {
  // The fragment holds Twilio's settings for repetitions; it is neither requested nor signed.
  const [url = ''] = webhook.split('#');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'x-twilio-signature': sign(authToken, url, parameters),
    'i-twilio-idempotency-token': token,
    'user-agent': 'TwilioProxy/1.1',
  };
  return { url, headers, body: new URLSearchParams(parameters).toString() };
}

function sign(authToken: string, url: string, parameters: Record<string, string>): string {
  const sorted = Object.keys(parameters).sort();
  const signed = url + sorted.map((name) => `${name}${parameters[name]}`).join('');
  return createHmac('sha1', authToken).update(signed).digest('base64');
}
