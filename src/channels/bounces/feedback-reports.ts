import type { BounceVerdict } from '../../domain/bounces.ts';
import { readHeader } from './header-fields.ts';

/** What a feedback report says (RFC 5965). */
export interface FeedbackReport {
  readonly verdict: BounceVerdict;
  /** The return path of the mail that it is about; empty where it does not say. */
  readonly originalMailFrom: string;
  readonly envelopeIds: readonly string[];
}

/**
 * The IANA registry of feedback types, with those of its drafts that are still sent; true for those by which a person
 * says that the mail is unwanted.
 */
const FEEDBACK_TYPES: ReadonlyMap<string, boolean> = new Map([
  ['abuse', true],
  ['fraud', true],
  ['opt-out', true],
  ['opt-out-list', true],
  ['virus', false],
  ['not-spam', false],
  ['auth-failure', false],
  ['dmarc', false],
  ['other', false],
]);

/** Reads the text of a `message/feedback-report` part. Never throws. */
export function readFeedbackReport(text: string): FeedbackReport {
  const fields = readHeader(text);
  const envelopeId = fields.get('original-envelope-id');
  return {
    verdict: complaintVerdict(fields.get('feedback-type') ?? ''),
    originalMailFrom: fields.get('original-mail-from') ?? '',
    envelopeIds: envelopeId === undefined ? [] : [envelopeId],
  };
}

/** What the type of a feedback report means. */
export function complaintVerdict(feedbackType: string): BounceVerdict {
  const word = feedbackType.trim().toLowerCase();
  const type = FEEDBACK_TYPES.has(word) ? word : 'other';
  const isComplaint = FEEDBACK_TYPES.get(type) === true;
  return {
    category: isComplaint ? 'complaint' : 'other',
    code: `arf_${type}`,
    suppressAfter: isComplaint ? 1 : null,
  };
}
