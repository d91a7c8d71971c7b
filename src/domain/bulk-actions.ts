/** What operators can do with many messages at once. */
export const BULK_ACTION_TYPES = ['retry', 'switch_channel', 'cancel', 'resolve'] as const;
export type BulkActionType = (typeof BULK_ACTION_TYPES)[number];

/** `stopping`: a stop has been asked for, and what is under way is being ended. */
export const BULK_ACTION_STATUSES = ['running', 'stopping', 'stopped', 'completed'] as const;
export type BulkActionStatus = (typeof BULK_ACTION_STATUSES)[number];

/** How far a bulk action has come: counts and codes, nothing personal. */
export interface BulkActionProgress {
  readonly status: BulkActionStatus;
  /** Messages that the filter had found when it began. */
  readonly matched: number;
  readonly done: number;
  /** Messages whose state did not allow it, by the code that a single action would have been refused with. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Whether a bulk action has ended. */
export function isFinished(status: BulkActionStatus): boolean {
  return status === 'stopped' || status === 'completed';
}
