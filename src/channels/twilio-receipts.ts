// Not from 'twilio' itself, whose import takes a third of a second.
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { DeliveryStatus } from '../domain/statuses.ts';
import { type CallbackFailure, callbackFailure } from './twilio-failures.ts';

export interface StatusCallback {
  readonly providerMessageId: string;
  /** Null where the status says nothing about delivery yet. */
  readonly status: DeliveryStatus | null;
  /** Why the message was not delivered. */
  readonly failure: CallbackFailure | null;
  /** The same for each copy of one callback. */
  readonly dedupeKey: string;
}

/**
 * Whether a webhook comes from Twilio (https://www.twilio.com/docs/usage/security#validating-requests). Never throws.
 * @param url the public URL that Twilio called, with its query; not what a proxy made of it
 * @param body the form as received
 */
export function verifyTwilioSignature(request: {
  authToken: string;
  signature: string | undefined;
  url: string;
  body: string;
}): boolean {
  const { authToken, signature, url, body } = request;
  // The library throws on a URL that it cannot parse.
  if (authToken === '' || signature === undefined || signature === '' || !URL.canParse(url)) return false;
  return validateRequest(authToken, signature, url.replace(/#.*$/s, ''), formParameters(body));
}

/** Reads a status callback; null where the body is none. */
export function parseStatusCallback(body: string): StatusCallback | null {
  const form = new URLSearchParams(body);
  const sid = form.get('MessageSid') ?? form.get('SmsSid');
  const word = form.get('MessageStatus') ?? form.get('SmsStatus');
  if (!sid || !word) return null;
  const status = DELIVERY_STATUSES.get(word) ?? null;
  const errorCode = form.get('ErrorCode');
  const failure = status === 'undelivered' ? callbackFailure(parseErrorCode(errorCode)) : null;
  return { providerMessageId: sid, status, failure, dedupeKey: `${sid}:${word}:${errorCode ?? ''}` };
}

/**
 * Twilio's words (https://www.twilio.com/docs/messaging/guides/track-outbound-message-status); those left out (`queued`,
 * `sending` and the like) say nothing about delivery.
 */
const DELIVERY_STATUSES: ReadonlyMap<string, DeliveryStatus> = new Map([
  ['sent', 'accepted'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['undelivered', 'undelivered'],
  ['failed', 'undelivered'],
  ['canceled', 'undelivered'],
]);

/** Flat, with all values of a repeated name, because that is what was signed. */
function formParameters(body: string): Record<string, string | string[]> {
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body)) {
    const values = parameters.get(name);
    if (values === undefined) parameters.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(
    [...parameters].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

function parseErrorCode(text: string | null): number | null {
  return text !== null && /^[1-9]\d{3,5}$/.test(text) ? Number(text) : null;
}
