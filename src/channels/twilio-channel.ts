import type { MessageInstance, MessageListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/message.js';
import { type Accepted, type ChannelAdapter, DeliveryFailure, type OutgoingMessage } from './channel.ts';
import { createTwilioClient, type TwilioClient, type TwilioOptions } from './twilio-client.ts';
import { brokenAnswer } from './twilio-failures.ts';

export interface TwilioChannelOptions {
  readonly twilio: TwilioOptions;
  /** An E.164 number, the SID of a Messaging Service (`MG…`) or an alphanumeric name. */
  readonly from: string;
  /** Senders in place of `from`, by the key that an outgoing message names. */
  readonly senders?: Readonly<Record<string, string>>;
  /** How long a message may wait at Twilio; its own limit where this is left out. */
  readonly validitySeconds?: number;
  /** Where Twilio reaches our API, without a trailing slash. */
  readonly publicUrl: string;
}

/** What SMS and WhatsApp do differently at Twilio. */
interface Dialect {
  readonly channel: 'sms' | 'whatsapp';
  /** Stands before every number. */
  readonly prefix: '' | 'whatsapp:';
  /** What is to be done before a message is sent; nothing has been sent where it throws. */
  readonly prepare?: (client: TwilioClient, message: OutgoingMessage) => Promise<OutgoingMessage>;
  /** What a failure means, which may be more than its code says; never throws. */
  readonly refused?: (
    failure: DeliveryFailure,
    asked: OutgoingMessage,
    sent: OutgoingMessage,
  ) => Promise<DeliveryFailure>;
}

type Sender = { readonly from: string } | { readonly messagingServiceSid: string };

/** How far Twilio's clock may be off ours; its times also have whole seconds only. */
const CLOCK_SKEW_MS = 5000;
/** Messages to one number since an interrupted call; far more than a person gets in that time. */
const LIST_LIMIT = 100;
const MAX_VALIDITY_SECONDS = 36_000;

export function createTwilioChannel(
  { channel, prefix, prepare, refused }: Dialect,
  options: TwilioChannelOptions,
): ChannelAdapter {
  const client = createTwilioClient(options.twilio);
  function senderOf({ sender }: OutgoingMessage): Sender {
    const from = options.senders?.[sender] ?? options.from;
    return from.startsWith('MG') ? { messagingServiceSid: from } : { from: prefix + from };
  }

  function accepted(message: MessageInstance): Accepted {
    if (!message.sid) throw brokenAnswer();
    const segments = channel === 'sms' ? Number(message.numSegments) : 0;
    return { providerMessageId: message.sid, segments: segments > 0 ? segments : null };
  }

  async function send(message: OutgoingMessage): Promise<Accepted> {
    const prepared = (await prepare?.(client, message)) ?? message;
    const request: MessageListInstanceCreateOptions = {
      to: prefix + message.to,
      ...senderOf(message),
      ...validityOf(message, options.validitySeconds),
      ...contentOf(prepared),
      statusCallback: statusCallbackUrl(options.publicUrl, message),
    };
    try {
      return accepted(await client.messages.create(request));
    } catch (error) {
      const failure = error instanceof DeliveryFailure ? error : brokenAnswer();
      throw (await refused?.(failure, message, prepared)) ?? failure;
    }
  }

  async function findAccepted(message: OutgoingMessage, calledAt: Date): Promise<readonly Accepted[]> {
    try {
      // Not by DateSent: a message that is still queued has none.
      const candidates = await client.messages.list({ to: prefix + message.to, limit: LIST_LIMIT });
      const sender = senderOf(message);
      const fitting = candidates.filter((each) => isOf(each, message, calledAt) && isFrom(each, sender));
      // They come newest first.
      return fitting.toReversed().map(accepted);
    } catch (error) {
      throw notAsked(error instanceof DeliveryFailure ? error : brokenAnswer());
    }
  }

  return { channel, send, findAccepted, close: async () => client.close() };
}

/**
 * Until when a message is of use, as Twilio takes it: 1 to 36,000 seconds (Messages resource, `ValidityPeriod`).
 * @throws {DeliveryFailure} where that has passed
 */
function validityOf({ expiresAt }: OutgoingMessage, most = MAX_VALIDITY_SECONDS): { validityPeriod?: number } {
  const left = expiresAt === null ? Infinity : (expiresAt.getTime() - Date.now()) / 1000;
  if (left <= 0) {
    throw new DeliveryFailure('rejected', 'expired', 'The message has reached its expires_at; send another.');
  }
  const seconds = Math.max(1, Math.floor(Math.min(left, most)));
  return seconds < MAX_VALIDITY_SECONDS ? { validityPeriod: seconds } : {};
}

/** Twilio takes no idempotency key and shows no callback URL, so time, content and sender have to tell. */
function isOf(candidate: MessageInstance, message: OutgoingMessage, calledAt: Date): boolean {
  return (
    candidate.direction === 'outbound-api' &&
    // What an approved template reads like is known to the provider only.
    (message.content.contentSid !== null ||
      message.content.interactive !== null ||
      candidate.body === message.content.text) &&
    candidate.dateCreated.getTime() >= calledAt.getTime() - CLOCK_SKEW_MS
  );
}

/** An alphanumeric sender may come back as another one, which some countries put in its place. */
function isFrom(candidate: MessageInstance, sender: Sender): boolean {
  if ('messagingServiceSid' in sender) return candidate.messagingServiceSid === sender.messagingServiceSid;
  return candidate.from === sender.from || !/\+\d+$/.test(sender.from);
}

type Content = Pick<MessageListInstanceCreateOptions, 'body' | 'mediaUrl' | 'contentSid' | 'contentVariables'>;

/** A body beside content variables is refused (Twilio error 35127), and the variables are JSON within the form. */
function contentOf({ content }: OutgoingMessage): Content {
  if (content.contentSid !== null) {
    const variables = content.contentVariables ?? {};
    const hasVariables = Object.keys(variables).length > 0;
    return {
      contentSid: content.contentSid,
      ...(hasVariables && { contentVariables: JSON.stringify(variables) }),
    };
  }
  return {
    ...(content.text !== '' && { body: content.text }),
    ...(content.mediaUrl !== null && { mediaUrl: [content.mediaUrl] }),
  };
}

/** The callback carries the attempt's tag, so that it can be told apart even where the answer never arrived. */
function statusCallbackUrl(publicUrl: string, { messageId, attemptId }: OutgoingMessage): string {
  return `${publicUrl}/api/webhooks/twilio/status/?${new URLSearchParams({ m: messageId, a: attemptId })}`;
}

/** An unanswered question may be asked again; there is nothing uncertain about it. */
function notAsked(failure: DeliveryFailure): DeliveryFailure {
  if (failure.kind !== 'uncertain') return failure;
  return new DeliveryFailure(
    'transient',
    failure.code,
    'Twilio could not be asked about the message; it is asked again.',
  );
}
