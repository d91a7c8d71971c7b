/**
 * What a mail server, or a mailbox provider, sends back about a mail that it had taken:
 *
 * - `hard`: there is no such mailbox, or it is closed for good
 * - `soft`: the mailbox is full, or its server could not take the mail until the reporter gave up
 * - `block`: we, or the mail, are refused by policy, authentication, DNS or rate; says nothing about the address
 * - `content`: the mail itself cannot be taken, such as one that is too big
 * - `failed`: not delivered, and the reason is not clear
 * - `complaint`: the person calls it spam
 * - `delayed`: not delivered yet, and still being tried
 * - `relayed`: passed on to where there are no reports
 * - `delivered`: in the mailbox
 * - `other`: something came back that says none of this
 */
export const BOUNCE_CATEGORIES = [
  'hard',
  'soft',
  'block',
  'content',
  'failed',
  'complaint',
  'delayed',
  'relayed',
  'delivered',
  'other',
] as const;
export type BounceCategory = (typeof BOUNCE_CATEGORIES)[number];

export interface BounceVerdict {
  readonly category: BounceCategory;
  /** Such as `smtp_5.1.1`, `smtp_550` or `arf_abuse`. */
  readonly code: string;
  /**
   * After how many such bounces of one address it is suppressed, if it is sure which mail came back; null for never,
   * also for a `hard` one that is not certain.
   */
  readonly suppressAfter: number | null;
  /** Set where the code stands in no table, so that only its class was understood. */
  readonly isKnown?: false;
}

/** All by which the mail that came back may be known, the surest first; nothing of it has been checked. */
export interface BounceReferences {
  /** What may be tags of our return paths, 48 hexadecimal digits. */
  readonly returnPathTags: readonly string[];
  /** Values of ENVID (RFC 3461, section 4.4). */
  readonly envelopeIds: readonly string[];
  /** In angle brackets. */
  readonly messageIds: readonly string[];
}

export interface Bounce extends BounceVerdict {
  readonly references: BounceReferences;
}
