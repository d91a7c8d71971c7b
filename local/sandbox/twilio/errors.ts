import { type HttpAnswer, json } from '../http-server.ts';

/** The codes that the sandbox answers with, in Twilio's meaning: https://www.twilio.com/docs/api/errors. */
const MESSAGES: Record<number, string> = {
  20001: 'A parameter is missing or not valid',
  20003: 'Authenticate',
  20004: 'Method not allowed',
  20404: 'The requested resource was not found',
  20429: 'Too Many Requests',
  20500: 'Internal server error',
  20503: 'Service unavailable',
  21211: "The 'To' number is not a valid phone number.",
  21212: "The 'From' number is not a valid phone number, short code or sender ID.",
  21266: "The 'To' and 'From' numbers cannot be the same.",
  21408: 'Permission to send to the region of the number has not been enabled.',
  21602: 'Message body is required.',
  21603: "A 'From' phone number is required.",
  21604: "A 'To' phone number is required.",
  21606: "The 'From' number is not a message-capable number of this account.",
  21609: "The 'StatusCallback' URL is not valid.",
  21610: 'Attempt to send to an unsubscribed recipient.',
  21611: "The 'From' number has exceeded the maximum number of queued messages.",
  21612: "The 'To' number is not currently reachable from this sender.",
  21614: "The 'To' number is not a valid mobile number.",
  21617: 'The concatenated message body exceeds the 1600 character limit.',
  21620: 'Invalid media URL.',
  21623: 'Number of media files exceeds the allowed limit.',
  21655: 'The ContentSid is not valid.',
  21656: 'The ContentVariables parameter is not valid.',
  21705: 'The Messaging Service SID is not valid.',
  21910: "The 'From' and 'To' addresses must be of the same channel.",
  29999: 'A failure that is in no table.',
  30003: 'Unreachable destination handset',
  30006: 'Landline or unreachable carrier',
  30409: 'The message is final and cannot be changed.',
  35115: 'SendAt must be more than 300 seconds and at most 35 days from now.',
  35118: 'A MessagingServiceSid is required to schedule a message.',
  35127: 'Body and ContentVariables cannot be used together.',
  63003: 'Channel could not find To address',
  63016: 'Failed to send freeform message because it is outside the allowed window.',
};

export function errorMessage(code: number): string {
  return MESSAGES[code] ?? 'Unknown error';
}

/** An answer in the shape of Twilio's errors. */
export function twilioError(status: number, code: number, headers: Record<string, string> = {}): HttpAnswer {
  const body = { code, message: errorMessage(code), more_info: `https://www.twilio.com/docs/errors/${code}`, status };
  return json(status, body, headers);
}
