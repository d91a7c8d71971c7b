/**
 * The templates that are special in the sandbox, as data. Every other ContentSid that looks like one exists: a template
 * that was never created counts as an approved one.
 */

/** The states of a template at WhatsApp: https://www.twilio.com/docs/content/content-api-resources. */
export const APPROVAL_STATUSES = [
  'unsubmitted',
  'received',
  'pending',
  'approved',
  'rejected',
  'paused',
  'disabled',
] as const;

export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export interface ContentRule {
  /** The last four digits of a ContentSid. */
  readonly ending: string;
  readonly sentence: string;
  /** Null where there is no such template. */
  readonly status: ApprovalStatus | null;
}

export const CONTENT_RULES: readonly ContentRule[] = [
  { ending: '0001', status: 'rejected', sentence: 'Rejected: fails with 63040 outside the 24-hour window.' },
  { ending: '0002', status: 'paused', sentence: 'Paused: fails with 63041 outside the 24-hour window.' },
  { ending: '0003', status: 'pending', sentence: 'Waits for approval: fails with 63016 outside the 24-hour window.' },
  { ending: '0004', status: 'disabled', sentence: 'Disabled: fails with 63042 outside the 24-hour window.' },
  { ending: '0005', status: 'unsubmitted', sentence: 'Never submitted: fails with 63016 outside the 24-hour window.' },
  { ending: '0009', status: null, sentence: 'Does not exist: 404; a message with it is refused with code 21655.' },
];

/** What becomes of a message outside the 24-hour window with a template in that state; null where it goes through. */
export const OUTSIDE_WINDOW_CODES: Readonly<Record<ApprovalStatus, number | null>> = {
  unsubmitted: 63016,
  received: 63016,
  pending: 63016,
  approved: null,
  rejected: 63040,
  paused: 63041,
  disabled: 63042,
};
