import { DeliveryFailure, UnreadableContent, unreadableContent } from './channel.ts';
import { type Refusal, refusalIn } from './refusal-words.ts';
import {
  BROKEN_OFF,
  BUSY,
  FAULTS_BEFORE_BODY,
  FINAL_REFUSALS,
  FULL_FOR_GOOD,
  MAILBOX_UNAVAILABLE,
  NO_TLS,
  NOT_SIGNED_IN,
  PASSING_REFUSALS,
  POLICY,
  PROTOCOL,
  SENDER_REFUSED,
  SESSION_REFUSED,
  SMTP_REPLIES,
  type SmtpReason,
} from './smtp-codes.ts';
import { isTlsFault } from './tls-faults.ts';

interface SmtpError {
  code?: unknown;
  originalCode?: unknown;
  command?: unknown;
  response?: unknown;
}

/**
 * Turns an error of nodemailer into a failure: by the server's reply where there is one, else by where it went wrong.
 * @param bodyStarted whether any of the message had been handed to the connection; if so and there is no reply, nobody
 *   knows whether the server has taken it
 */
export function toDeliveryFailure(error: unknown, bodyStarted = true): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  const fault: SmtpError = typeof error === 'object' && error !== null ? error : {};
  if (error instanceof UnreadableContent) return unreadableContent();
  if (fault.code === 'ESTREAM') return contentNotRead();
  return failureOfReply(fault) ?? failureBeforeBody(fault) ?? failureOfBreak(fault, bodyStarted);
}

/** What the mail was read from broke off, and nodemailer then hangs up without the final dot: nothing was taken. */
function contentNotRead(): DeliveryFailure {
  const sentence = 'A file of the message could not be read while it was sent; it is tried again later.';
  return new DeliveryFailure('transient', 'attachment_not_read', sentence);
}

function failureOfReply({ code, command, response }: SmtpError): DeliveryFailure | null {
  const reply = /^([45]\d\d)(?:[ -](\d\.\d{1,3}\.\d{1,3})\b)?/.exec(String(response ?? ''));
  const basic = reply?.[1];
  if (basic === undefined) return null;
  // An enhanced code of another class than the basic one is not to be trusted (RFC 2034, section 4).
  const enhanced = reply?.[2]?.[0] === basic[0] ? reply?.[2] : undefined;
  const stage = String(command ?? '');
  const known = lookUp(enhanced, basic);
  const byCode = known ?? SMTP_REPLIES[basic.slice(0, 1)] ?? PROTOCOL;
  const reason = byWords(refusalIn(String(response)), basic, byCode);
  const meant = code === 'ETLS' ? NO_TLS : atStage(stage, basic, reason, enhanced !== undefined);
  return failure(`smtp_${enhanced ?? basic}`, meant, known !== undefined || meant !== byCode);
}

/** Undefined where nothing but the first digit of the reply is known. */
function lookUp(enhanced: string | undefined, basic: string): SmtpReason | undefined {
  const keys = [enhanced, enhanced?.split('.', 2).join('.'), basic];
  for (const key of keys) {
    const reason = key === undefined ? undefined : SMTP_REPLIES[key];
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * The words are asked before the code is believed, as for mails that come back later: servers refuse under all codes. A
 * reply of class 4 stays one that passes.
 */
function byWords(words: Refusal | null, basic: string, byCode: SmtpReason): SmtpReason {
  // A code that its own words contradict suppresses nobody.
  if (words === 'trouble') return byCode.suppressAfter === undefined ? byCode : MAILBOX_UNAVAILABLE;
  const isPassing = basic.startsWith('4');
  const meant = words === null ? undefined : (isPassing ? PASSING_REFUSALS : FINAL_REFUSALS)[words];
  // What is wrong with our set-up, and that the server is busy, is said better by the code.
  const isSaid =
    (byCode.kind === 'misconfigured' && byCode !== POLICY) ||
    (isPassing && words === 'rate' && byCode.kind === 'transient');
  return isSaid ? byCode : (meant ?? byCode);
}

/** The same code means different things at different stages of the dialogue. */
function atStage(stage: string, basic: string, reason: SmtpReason, hasEnhancedCode: boolean): SmtpReason {
  if (/^(CONN|EHLO|HELO|LHLO|STARTTLS)/.test(stage)) return basic.startsWith('4') ? BUSY : SESSION_REFUSED;
  if (stage.startsWith('AUTH')) return basic.startsWith('4') ? BUSY : NOT_SIGNED_IN;
  if (reason.kind !== 'unreachable') return reason;
  if (stage === 'MAIL FROM') return SENDER_REFUSED;
  return stage === 'DATA' && !hasEnhancedCode && reason !== FULL_FOR_GOOD ? POLICY : reason;
}

function failureBeforeBody({ code, originalCode }: SmtpError): DeliveryFailure | null {
  const known = FAULTS_BEFORE_BODY[String(originalCode)] ?? FAULTS_BEFORE_BODY[String(code)];
  // TLS is agreed upon before anything else is said.
  const fault = known ?? (isTlsFault(String(originalCode)) ? FAULTS_BEFORE_BODY.ETLS : undefined);
  return fault === undefined ? null : failure(fault.code, fault);
}

function failureOfBreak({ code }: SmtpError, bodyStarted: boolean): DeliveryFailure {
  const known = BROKEN_OFF[String(code)];
  const fault = known ?? { code: 'smtp_unknown', sentence: 'Handing over the email went wrong' };
  const isKnown = known !== undefined;
  const [kind, sentence] = bodyStarted
    ? (['uncertain', `${fault.sentence}; it may or may not have taken the message.`] as const)
    : (['transient', `${fault.sentence}, before the message; it is tried again later.`] as const);
  return new DeliveryFailure(kind, fault.code, sentence, { isKnown });
}

function failure(code: string, reason: SmtpReason, isKnown = true): DeliveryFailure {
  const { kind, sentence, retryAfterSeconds, suppressAfter } = reason;
  return new DeliveryFailure(kind, code, sentence, { retryAfterSeconds, suppressAfter, isKnown });
}
