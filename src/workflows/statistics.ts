import { ApplicationFailure, continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/contract.ts';

/** What is computed; nothing of it is needed, and the schedule gives nothing. */
export interface ComputeStatisticsInput {
  /** RFC 3339; with `to`, exactly the hours of this range are computed, instead of those that have changed. */
  readonly from?: string;
  /** RFC 3339, exclusive. */
  readonly to?: string;
  /** When the run began whose work this one continues, RFC 3339. */
  readonly begunAt?: string;
  /** How many hours it has computed. */
  readonly hours?: number;
}

/** Pieces before the history is begun anew. */
const PIECES_PER_RUN = 200;

const { computeStatistics: computePiece } = proxyActivities<Pick<MaintenanceActivities, 'computeStatistics'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '5 seconds', maximumInterval: '1 minute', maximumAttempts: 5 },
});

/**
 * Computes the statistics of hours with changes, or of all hours of a range; gives the number of hours.
 * @throws ApplicationFailure `InvalidRange`
 */
export async function computeStatistics(input: ComputeStatisticsInput = {}): Promise<number> {
  const range = rangeOf(input);
  let { begunAt, hours = 0 } = input;
  for (let pieces = 0; pieces < PIECES_PER_RUN; pieces += 1) {
    const piece = await computePiece({ range, begunAt: begunAt ?? null });
    begunAt = piece.begunAt;
    hours += piece.hours;
    if (piece.isDone) return hours;
  }
  return await continueAsNew<typeof computeStatistics>({ ...input, hours, ...(begunAt !== undefined && { begunAt }) });
}

function rangeOf({ from, to }: ComputeStatisticsInput): { from: string; to: string } | null {
  if (from === undefined && to === undefined) return null;
  if (from !== undefined && to !== undefined && Date.parse(from) < Date.parse(to)) return { from, to };
  const message = 'Give both from and to as RFC 3339 times, from before to, such as 2026-01-31T00:00:00Z.';
  throw ApplicationFailure.nonRetryable(message, 'InvalidRange');
}
