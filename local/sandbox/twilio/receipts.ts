import { createHmac, randomUUID } from 'node:crypto';
import type { Background } from '../background.ts';
import type { Receipt } from '../magic.ts';
import { channelOf } from './check.ts';
import { errorMessage } from './errors.ts';
import { API_VERSION, advance, type TwilioMessage } from './message.ts';

export interface ReceiptOptions {
  background: Background;
  authToken: string;
  /** The pause before each callback, in milliseconds. */
  delayMs: number;
  /** Hears of each callback and the status it was answered with, 0 where there was no answer. */
  onCallback: (receipt: Receipt, httpStatus: number) => void;
}

/** Moves a message through the receipts, and reports each of them to the message's StatusCallback. */
export function deliver(message: TwilioMessage, receipts: readonly Receipt[], options: ReceiptOptions): void {
  // A receipt that is reported twice carries the same token both times.
  const tokens = new Map<string, string>();
  options.background.start(async () => {
    for (const receipt of receipts) {
      await options.background.pause(options.delayMs);
      advance(message, receipt);
      if (message.statusCallback === null) continue;
      const token = tokens.get(receipt.status) ?? randomUUID();
      tokens.set(receipt.status, token);
      options.onCallback(receipt, await report(message, message.statusCallback, receipt, token, options));
    }
  });
}

/** Posts one callback, signed: https://www.twilio.com/docs/usage/webhooks/webhooks-security. */
async function report(
  message: TwilioMessage,
  statusCallback: string,
  receipt: Receipt,
  token: string,
  { background, authToken }: ReceiptOptions,
): Promise<number> {
  // The fragment holds Twilio's settings for repetitions; it is neither requested nor signed.
  const [url = ''] = statusCallback.split('#');
  const parameters = callbackParameters(message, receipt);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'x-twilio-signature': sign(authToken, url, parameters),
    'i-twilio-idempotency-token': token,
    'user-agent': 'TwilioProxy/1.1',
  };
  return background.post(url, headers, new URLSearchParams(parameters).toString());
}

function sign(authToken: string, url: string, parameters: Record<string, string>): string {
  const sorted = Object.keys(parameters).sort();
  const signed = url + sorted.map((name) => `${name}${parameters[name]}`).join('');
  return createHmac('sha1', authToken).update(signed).digest('base64');
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
