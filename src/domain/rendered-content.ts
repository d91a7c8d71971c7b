/** What a person will see, rendered for one channel. */
export interface RenderedContent {
  /** Plain text; on email the alternative to `html`, or the whole body where there is none. */
  readonly text: string;
  /** Email only. */
  readonly subject: string | null;
  /** Email only. */
  readonly html: string | null;
  /** WhatsApp only: a public https URL that the provider fetches. */
  readonly mediaUrl: string | null;
}
