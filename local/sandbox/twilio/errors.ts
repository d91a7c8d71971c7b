import { type HttpAnswer, json } from '../http-server.ts';

/** The codes that the sandbox answers with, in Twilio's meaning: https://www.twilio.com/docs/api/errors. */
const MESSAGES: Record<number, string> = {
  20001: 'The request is not valid.',
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
  21619: 'The message cannot be changed before it is final.',
  21620: 'Invalid media URL.',
  21623: 'Number of media files exceeds the allowed limit.',
  21624: 'The validity period is not a whole number of 1 to 36,000 seconds.',
  21635: "The 'To' number is a landline.",
  21654: 'A ContentSid is required.',
  21655: 'The ContentSid is not valid.',
  21656: 'The ContentVariables parameter is not valid.',
  21701: 'The Messaging Service does not exist.',
  21704: 'The Messaging Service contains no phone numbers.',
  21705: 'The Messaging Service SID is not valid.',
  21910: "The 'From' and 'To' addresses must be of the same channel.",
  29999: 'A failure that is in no table.',
  30001: 'Queue overflow',
  30002: 'Account suspended',
  30003: 'Unreachable destination handset',
  30004: 'Message blocked',
  30005: 'Unknown destination handset',
  30006: 'Landline or unreachable carrier',
  30007: 'Message filtered',
  30008: 'Unknown error',
  30017: 'Carrier network congestion',
  30022: 'Exceeded the rate of messages of the campaign',
  30034: 'Message from an unregistered number',
  30409: 'The message is final and cannot be changed.',
  30450: 'Message delivery blocked by pumping protection',
  35114: 'SendAt is missing.',
  35115: 'SendAt must be more than 300 seconds and at most 35 days from now.',
  35118: 'A MessagingServiceSid is required to schedule a message.',
  35127: 'Body and ContentVariables cannot be used together.',
  63001: 'Channel could not authenticate the request.',
  63003: 'Channel could not find To address',
  63005: 'Channel did not accept the given content.',
  63013: 'This message violates the policy of the channel.',
  63014: 'This message was blocked by an action of the user.',
  63016: 'Failed to send freeform message because it is outside the allowed window.',
  63018: 'Rate limit exceeded for channel',
  63019: 'Media failed to download',
  63021: 'Channel invalid content error',
  63024: 'Invalid message recipient',
  63028: 'The number of parameters does not match the template.',
  63032: 'The message is not sent because the user is part of an experiment.',
  63040: 'The template was rejected.',
  63041: 'The template is paused.',
  63042: 'The template is disabled.',
  63049: 'Meta chose not to deliver this marketing message.',
};

export function errorMessage(code: number): string {
  return MESSAGES[code] ?? 'Unknown error';
}

/** An answer in the shape of Twilio's errors. */
export function twilioError(status: number, code: number, headers: Record<string, string> = {}): HttpAnswer {
  const body = { code, message: errorMessage(code), more_info: moreInfo(code), status };
  return json(status, body, headers);
}

/** The same in the shape of RFC 9457, with Twilio's `code` as an extension. */
export function problemDetails(status: number, code: number): HttpAnswer {
  const body = { type: moreInfo(code), title: 'The request failed.', detail: errorMessage(code), status, code };
  return json(status, body, { 'content-type': 'application/problem+json' });
}

function moreInfo(code: number): string {
  return `https://www.twilio.com/docs/errors/${code}`;
}
