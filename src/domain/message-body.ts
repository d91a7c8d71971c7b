import type { Interactive } from './interactive.ts';
import type { TrackingMode } from './sending-rules.ts';

/** What a sender wrote, before rendering. Personal data. */
export interface MessageBody {
  /** Null where a template gives the content. */
  readonly content: string | null;
  readonly subject: string | null;
  readonly html: string | null;
  /** Null where `content` is to be taken literally. */
  readonly variables: Readonly<Record<string, unknown>> | null;
  readonly mediaUrl: string | null;
  readonly replyTo: string | null;
  /** Left out of what was stored before there were any. */
  readonly interactive?: Interactive | null;
  /** Headers of an email from the list of those that a sender may set. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Null where the configuration decides. */
  readonly tracking?: TrackingMode | null;
}

/** Most characters of text in a text message or WhatsApp message (Twilio, Messages resource, `Body`). */
export const MAX_TEXT_LENGTH = 1600;
