import { DeliveryFailure } from './channel.ts';
import { isTlsFault } from './tls-faults.ts';
import { TWILIO_REASONS, type TwilioReason } from './twilio-codes.ts';

/**
 * The failure that Twilio's answer to a request stands for. Only a 5xx leaves open whether the message was taken
 * (https://www.twilio.com/docs/api/errors/20500); a 429 never was (https://www.twilio.com/docs/api/errors/20429).
 * @param body the parsed JSON, or the text where it is none
 * @param retryAfter the header of that name
 */
export function answerFailure(status: number, body: unknown, retryAfter: string | undefined): DeliveryFailure {
  const errorCode = errorCodeOf(body);
  const known = errorCode === null ? undefined : TWILIO_REASONS[errorCode];
  const byStatus = defaultReason(status);
  const reason = status >= 500 ? withKind('uncertain', known, byStatus) : (known ?? byStatus);
  const code = errorCode === null ? `twilio_http_${status}` : `twilio_${errorCode}`;
  const retryAfterSeconds = parseRetryAfter(retryAfter) ?? reason.retryAfterSeconds;
  const { kind, sentence, repeats, suppressAfter } = reason;
  return new DeliveryFailure(kind, code, sentence, {
    ...{ retryAfterSeconds, repeats, suppressAfter },
    // A status says enough without a code, but for one that only says that something is wrong with the request.
    isKnown: errorCode === null ? byStatus !== DEFAULTS.request : known !== undefined,
  });
}

/**
 * The failure that a missing or broken answer stands for. Nothing of the error is kept: the HTTP client's errors carry
 * the credentials.
 */
export function connectionFailure(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  const { code, syscall, cause } = (typeof error === 'object' && error !== null ? error : {}) as NetworkError;
  const fault = String(code ?? cause?.code);
  if (NOT_RESOLVED.has(fault)) return notSent('twilio_dns', 'The name of Twilio cannot be resolved');
  if ((syscall ?? cause?.syscall) === 'connect' || NOT_CONNECTED.has(fault)) {
    return notSent('twilio_connection_refused', 'Twilio cannot be connected to');
  }
  if (isTlsFault(fault)) return notSent('twilio_tls', 'Twilio cannot be connected to safely');
  if (fault === 'ECONNABORTED' || fault === 'ETIMEDOUT') return lost('twilio_timeout', 'Twilio did not answer in time');
  if (fault === 'ECONNRESET' || fault === 'EPIPE') {
    return lost('twilio_connection_reset', 'The connection to Twilio broke off');
  }
  return brokenAnswer();
}

/** Twilio answered that it took a message, in words that cannot be understood. */
export function brokenAnswer(): DeliveryFailure {
  return lost('twilio_bad_response', 'The answer of Twilio cannot be understood');
}

export interface CallbackFailure extends TwilioReason {
  readonly code: string;
  /** Whether the code stands in our table. */
  readonly isKnown: boolean;
}

/**
 * The failure that a status callback reports.
 * @param errorCode its `ErrorCode`, null where it has none; with an unknown one the channel is tried once more
 */
export function callbackFailure(errorCode: number | null): CallbackFailure {
  if (errorCode === null) return { ...DEFAULTS.undelivered, code: 'twilio_undelivered', isKnown: true };
  const reason = TWILIO_REASONS[errorCode];
  return { ...(reason ?? DEFAULTS.unknownCallback), code: `twilio_${errorCode}`, isKnown: reason !== undefined };
}

interface NetworkError {
  code?: unknown;
  syscall?: unknown;
  cause?: { code?: unknown; syscall?: unknown };
}

const NOT_RESOLVED: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const NOT_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

const DEFAULTS = {
  server: { kind: 'uncertain', sentence: 'Twilio had a fault; it may or may not have taken the message.' },
  busy: { kind: 'throttled', sentence: 'Twilio takes no more requests for the moment; it is tried again later.' },
  access: {
    kind: 'misconfigured',
    sentence: 'Twilio refuses us; check the account SID, the auth token and the base URL.',
  },
  request: {
    kind: 'rejected',
    sentence: 'Twilio refuses the message with a code that is not known here; look it up there.',
  },
  undelivered: { kind: 'unreachable', sentence: 'The provider could not deliver the message; use another channel.' },
  unknownCallback: {
    ...{ kind: 'throttled', retryAfterSeconds: 300, repeats: 1 },
    sentence: 'Twilio reports a code that is not known here; look it up there. It is tried once more.',
  },
} as const satisfies Record<string, TwilioReason>;

function defaultReason(status: number): TwilioReason {
  if (status >= 500) return DEFAULTS.server;
  if (status === 429) return DEFAULTS.busy;
  if (status < 400 || status === 401 || status === 403 || status === 404) return DEFAULTS.access;
  return DEFAULTS.request;
}

function withKind(kind: TwilioReason['kind'], reason: TwilioReason | undefined, otherwise: TwilioReason): TwilioReason {
  return reason?.kind === kind ? reason : otherwise;
}

function errorCodeOf(body: unknown): number | null {
  const code = typeof body === 'object' && body !== null && 'code' in body ? Number(body.code) : 0;
  return Number.isInteger(code) && code > 0 ? code : null;
}

/** Seconds or an HTTP date (RFC 9110, section 10.2.3). */
function parseRetryAfter(header: string | undefined): number | null {
  if (header === undefined) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

function notSent(code: string, sentence: string): DeliveryFailure {
  return new DeliveryFailure('transient', code, `${sentence}; nothing was sent, it is tried again later.`);
}

function lost(code: string, sentence: string): DeliveryFailure {
  return new DeliveryFailure('uncertain', code, `${sentence}; it may or may not have taken the message.`);
}
