import { randomUUID } from 'node:crypto';
import type { Background } from '../background.ts';
import type { Course, Receipt } from '../magic-numbers.ts';
import { errorMessage } from './errors.ts';
import { API_VERSION, advance, type TwilioMessage } from './message.ts';
import { channelOf } from './senders.ts';
import { signedForm } from './signed-form.ts';

export interface ReceiptOptions {
  background: Background;
  authToken: string;
  /** The pause before each callback, in milliseconds. */
  callbackDelayMs: number;
  /** The pause before callbacks that come late. */
  lateCallbackMs: number;
  /** Hears of each callback and the status it was answered with, 0 where there was no answer. */
  onCallback: (receipt: Receipt, httpStatus: number) => void;
}

/**
 * Moves a message through its course, and reports each receipt to the message's StatusCallback.
 * @returns when the first receipt was reported, or the sandbox closed
 */
export function deliver(message: TwilioMessage, course: Course, options: ReceiptOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { background } = options;
  // A receipt that is reported twice carries the same token both times.
  const tokens = new Map<string, string>();
  const report = async (receipt: Receipt) => {
    if (message.statusCallback === null) return;
    const token = tokens.get(receipt.status) ?? randomUUID();
    tokens.set(receipt.status, token);
    options.onCallback(receipt, await post(message, message.statusCallback, receipt, token, options));
  };
  // Callbacks go out one after the other, while the message goes on whether or not they are answered.
  let reported = Promise.resolve();
  const run = async () => {
    if (course.callbacks === 'late') await background.pause(options.lateCallbackMs);
    for (const [index, receipt] of receiptsOf(message, course).entries()) {
      if (index > 0 || course.callbacks !== 'early') await background.pause(options.callbackDelayMs);
      advance(message, receipt);
      for (const copy of course.callbacks === 'twice' ? [receipt, receipt] : [receipt]) {
        reported = reported.then(() => report(copy)).finally(resolve);
      }
      background.start(() => reported);
    }
  };
  background.start(() => run().finally(() => reported.finally(resolve)));
  return promise;
}

/** A Messaging Service queues a message once it has picked a sender. */
function receiptsOf({ messagingServiceSid }: TwilioMessage, { receipts }: Course): readonly Receipt[] {
  return messagingServiceSid === null || receipts.length === 0 ? receipts : [{ status: 'queued' }, ...receipts];
}

/** Posts one callback, signed: https://www.twilio.com/docs/usage/webhooks/webhooks-security. */
async function post(
  message: TwilioMessage,
  statusCallback: string,
  receipt: Receipt,
  token: string,
  { background, authToken }: ReceiptOptions,
): Promise<number> {
  const { url, headers, body } = signedForm(authToken, statusCallback, callbackParameters(message, receipt), token);
  return background.post(url, headers, body);
}

/** The parameters of https://www.twilio.com/docs/messaging/guides/track-outbound-message-status. */
function callbackParameters(message: TwilioMessage, receipt: Receipt): Record<string, string> {
  const { status, errorCode } = receipt;
  return {
    AccountSid: message.accountSid,
    ApiVersion: API_VERSION,
    MessageSid: message.sid,
    MessageStatus: status,
    SmsSid: message.sid,
    SmsStatus: status,
    To: message.to,
    ...(message.from === null ? {} : { From: message.from }),
    ...(message.messagingServiceSid === null ? {} : { MessagingServiceSid: message.messagingServiceSid }),
    ...(errorCode === undefined ? {} : { ErrorCode: String(errorCode) }),
    ...channelParameters(message, receipt),
  };
}

function channelParameters(message: TwilioMessage, { status, errorCode }: Receipt): Record<string, string> {
  if (channelOf(message.to) === 'whatsapp') {
    return {
      ChannelInstallSid: 'XE00000000000000000000000000000000',
      ChannelPrefix: 'whatsapp',
      ...(errorCode === undefined ? {} : { ChannelStatusMessage: errorMessage(errorCode) }),
      ...(status === 'read' ? { EventType: 'READ' } : {}),
    };
  }
  if (status !== 'delivered' && status !== 'undelivered') return {};
  return { RawDlrDoneDate: new Date().toISOString().replace(/\D/g, '').slice(2, 12) };
}
