import type { Interactive } from './interactive.ts';

/** What a person will see, rendered for one channel. */
export interface RenderedContent {
  /**
   * Plain text; on email the alternative to `html`, or the whole body where there is none; beside a `contentSid` what
   * the person reads, as a preview.
   */
  readonly text: string;
  /** Email only. */
  readonly subject: string | null;
  /** Email only; its styles are inlined. */
  readonly html: string | null;
  /** WhatsApp only: a public https URL that the provider fetches. */
  readonly mediaUrl: string | null;
  /** WhatsApp only: the approved template at the provider that is sent in place of `text`. */
  readonly contentSid: string | null;
  /** What fills the numbered placeholders of `contentSid`, by number from "1"; null without one. */
  readonly contentVariables: Readonly<Record<string, string>> | null;
  /** WhatsApp only: an approved template stands ready in place of this, for where the window turns out to be closed. */
  readonly hasTemplate?: true;
  /** WhatsApp only: what can be tapped on below `text`. */
  readonly interactive: Interactive | null;
}
