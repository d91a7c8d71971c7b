import type { RenderedContent } from '../domain/rendered-content.ts';

/** What an attempt hands to its provider, as it is kept (sealed) with the attempt. */
export interface Outgoing {
  readonly to: string;
  readonly toName: string | null;
  readonly replyTo: string | null;
  readonly content: RenderedContent;
  readonly attachmentCount: number;
  /** Key of the sender of the channel. */
  readonly sender: string;
  /** RFC 3339. */
  readonly expiresAt: string | null;
  /** The attempt that named the mail, where this one sends it again. */
  readonly firstAttemptId: string;
  readonly templateName: string | null;
  readonly category: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly unsubscribeUrl: string | null;
  readonly returnPathTag: string | null;
}
