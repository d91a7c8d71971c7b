import { computeHour, keepProgress, listChangedHours, listHoursOfRange, readClock } from '../db/statistics-hours.ts';
import type { StatisticsPiece, StatisticsPieceInput } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** A piece begins no hour after this time. */
const PIECE_MS = 20_000;
const HOURS_PER_PIECE = 200;

/**
 * Computes statistics hour by hour, each in a transaction of its own, for some seconds. Those that have been computed
 * since the work began are left out, so that the next piece goes on where this one stopped, or died.
 */
export async function computeStatistics(
  { db }: Pick<ActivityDependencies, 'db'>,
  { range, begunAt }: StatisticsPieceInput,
): Promise<StatisticsPiece> {
  const end = performance.now() + PIECE_MS;
  const since = begunAt === null ? await readClock(db) : new Date(begunAt);
  const due =
    range === null
      ? await listChangedHours(db, since, HOURS_PER_PIECE)
      : await listHoursOfRange(db, { from: new Date(range.from), to: new Date(range.to) }, since, HOURS_PER_PIECE);
  let hours = 0;
  while (hours < due.length && performance.now() < end) {
    await computeHour(db, due[hours] as Date);
    hours += 1;
  }
  const isDone = hours === due.length && due.length < HOURS_PER_PIECE;
  if (isDone && range === null) await keepProgress(db, since);
  return { begunAt: since.toISOString(), hours, isDone };
}
