import type { Channel } from '../domain/channels.ts';
import type { FailureKind } from '../domain/failures.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';

export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** One attempt to hand one message to a provider. */
export interface OutgoingMessage {
  readonly messageId: string;
  readonly attemptId: string;
  /** An E.164 number or an email address. */
  readonly to: string;
  /** The person's name, for the address header of an email. */
  readonly toName: string | null;
  readonly replyTo: string | null;
  readonly content: RenderedContent;
  readonly attachments: readonly Attachment[];
}

/** The provider has taken the message. */
export interface Accepted {
  readonly providerMessageId: string;
  /** SMS segments as the provider counts them; null where it does not say (yet). */
  readonly segments: number | null;
}

/**
 * The one interface of a provider. An adapter is built by a `create…Channel(options)` function, opens no connection
 * before the first call, and keeps its provider's code table beside it.
 */
export interface ChannelAdapter {
  readonly channel: Channel;
  /**
   * Hands the message over, once: no retries inside.
   * @throws {DeliveryFailure} and nothing else
   */
  send(message: OutgoingMessage): Promise<Accepted>;
  /**
   * Finds out whether an earlier, interrupted `send` of the same attempt was taken. Null where it was not, or where
   * the provider cannot tell.
   * @param calledAt when the earlier call began
   * @throws {DeliveryFailure} where the provider could not be asked
   */
  findAccepted(message: OutgoingMessage, calledAt: Date): Promise<Accepted | null>;
  close(): Promise<void>;
}

/** Why a provider did not, or may not, have taken a message. Carries no address and no content. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly kind: FailureKind;
  /** Stable machine-readable code such as `smtp_5.1.1`, `twilio_21610` or `smtp_timeout`. */
  readonly code: string;
  /** The delay that the provider asked for, in seconds. */
  readonly retryAfterSeconds: number | null;

  /** @param sentence what happened and what to do about it, for a person */
  constructor(kind: FailureKind, code: string, sentence: string, retryAfterSeconds: number | null = null) {
    super(sentence);
    this.kind = kind;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
