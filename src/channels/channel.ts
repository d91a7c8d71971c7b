import type { Readable } from 'node:stream';
import type { Channel } from '../domain/channels.ts';
import type { FailureKind } from '../domain/failures.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';

export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  /** Set where the HTML shows the file as `cid:{contentId}`. */
  readonly contentId: string | null;
  /** Opens the content from its start; each call gives a stream of its own, which fails with `UnreadableContent`. */
  content(): Readable;
}

/** What a message carries is there and cannot be read, however often it is tried. Quotes nothing of it. */
export class UnreadableContent extends Error {
  override readonly name = 'UnreadableContent';
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
  /** Key of the sender among those of the channel: `default`, or a country. */
  readonly sender: string;
  /** When the message is of no use any more. */
  readonly expiresAt: Date | null;
  /** The attempt that named the mail: another one than `attemptId` where its outcome is unknown and it is sent again. */
  readonly firstAttemptId: string;
  readonly templateName: string | null;
  readonly category: string;
  /** More headers of an email. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the person can refuse more such emails with one click (RFC 8058); null for none. */
  readonly unsubscribeUrl: string | null;
  /** Tells bounces of this attempt apart, in the return path; null where there is none of ours. */
  readonly returnPathTag: string | null;
}

/** The provider has taken the message. */
export interface Accepted {
  readonly providerMessageId: string;
  /** SMS segments as the provider counts them; null where it does not say (yet). */
  readonly segments: number | null;
}

/** What a provider asks for a message, once it knows. */
export interface Bill {
  /** Null as long as it is not known. */
  readonly cost: { readonly amount: string; readonly currency: string } | null;
  /** Null where it is not known, or the channel has none. */
  readonly segments: number | null;
}

/** Asks a provider for what it bills. */
export interface BillSource {
  /** @throws {DeliveryFailure} where the provider could not be asked */
  fetchBill(providerMessageId: string): Promise<Bill>;
}

/** What WhatsApp says of a template. */
export interface Approval {
  /** Such as `approved`, `pending`, `rejected`, `paused` or `unknown`. */
  readonly status: string;
  readonly category: string | null;
  readonly rejectionReason: string | null;
}

/** Asks a provider for the approval of a template. */
export interface ApprovalSource {
  /** @throws {DeliveryFailure} where the provider could not be asked */
  fetchApproval(contentSid: string): Promise<Approval>;
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
   * Finds out whether an earlier, interrupted `send` of the same attempt was taken: all that it may have become, the
   * oldest first, among which may be what other attempts became. None where it was not taken, or where the provider
   * cannot tell.
   * @param calledAt when the earlier call began
   * @throws {DeliveryFailure} where the provider could not be asked
   */
  findAccepted(message: OutgoingMessage, calledAt: Date): Promise<readonly Accepted[]>;
  close(): Promise<void>;
}

/** That a message was not handed over because a part of it cannot be read. */
export function unreadableContent(): DeliveryFailure {
  const sentence =
    'A file of the message does not open; check that ENCRYPTION_KEYS has all keys ever used, and the database is whole.';
  return new DeliveryFailure('misconfigured', 'attachment_unreadable', sentence);
}

/** Why a provider did not, or may not, have taken a message. Carries no address and no content. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly kind: FailureKind;
  /** Stable machine-readable code such as `smtp_5.1.1`, `twilio_21610` or `smtp_timeout`. */
  readonly code: string;
  /** The delay that the provider asked for, in seconds. */
  readonly retryAfterSeconds: number | null;
  /** How often the channel is tried again, at most; null where the policy says it. */
  readonly repeats: number | null;
  /** After how many such failures for one address it is suppressed on the channel; null for never. */
  readonly suppressAfter: number | null;
  /** False for a code of the provider that stands in no table of ours. */
  readonly isKnown: boolean;

  /** @param sentence what happened and what to do about it, for a person */
  constructor(
    kind: FailureKind,
    code: string,
    sentence: string,
    more: {
      retryAfterSeconds?: number | null | undefined;
      repeats?: number | undefined;
      suppressAfter?: number | undefined;
      isKnown?: boolean;
    } = {},
  ) {
    super(sentence);
    this.kind = kind;
    this.code = code;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.repeats = more.repeats ?? null;
    this.suppressAfter = more.suppressAfter ?? null;
    this.isKnown = more.isKnown ?? true;
  }
}
