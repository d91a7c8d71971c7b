import {
  countByVersion,
  countRemovedByVersion,
  type ErrorCount,
  listErrors,
  type VersionCounts,
} from '../db/template-statistics.ts';
import type { ServiceContext } from './context.ts';
import { refuseFaults } from './service-error.ts';
import { readTemplate } from './templates.ts';

/** What became of messages; the success rate is null where nothing has been sent or has failed yet. */
export interface Usage extends Omit<VersionCounts, 'version' | 'last_used_at'> {
  readonly success_rate: number | null;
  readonly last_used_at: Date | null;
}

export interface TemplateStatistics {
  readonly total: Usage;
  readonly byVersion: readonly (Usage & { readonly version: number })[];
  readonly recentErrors: readonly ErrorCount[];
}

const DAY_MS = 24 * 3600 * 1000;
const STANDARD_DAYS = 30;
const MAX_DAYS = 366;

/**
 * How a template has been used: the messages whose first channel it was for, by when they were accepted. Those that have
 * been removed still count; what they failed with is not known any more.
 * @param period `from` is 30 days before its end where it is left out, and the end is now
 * @throws {ServiceError} not_found; invalid, where the period is too long or ends before it begins
 */
export async function getTemplateStatistics(
  { db }: ServiceContext,
  id: string,
  period: { readonly from: Date | null; readonly to: Date | null },
): Promise<TemplateStatistics> {
  const end = period.to?.getTime() ?? Date.now();
  const from = period.from ?? new Date(end - STANDARD_DAYS * DAY_MS);
  refusePeriod(from.getTime(), end);
  await readTemplate(db, id);
  const whole = { from, to: period.to };
  const counted = [...(await countByVersion(db, id, whole)), ...(await countRemovedByVersion(db, id, whole))];
  const versions = [...new Set(counted.map(({ version }) => version))].sort((one, other) => other - one);
  return {
    total: usageOf(sumOf(counted)),
    byVersion: versions.map((version) => ({
      version,
      ...usageOf(sumOf(counted.filter((counts) => counts.version === version))),
    })),
    recentErrors: await listErrors(db, id, whole),
  };
}

function refusePeriod(from: number, to: number): void {
  if (from >= to) {
    refuseFaults([{ pointer: '/from', code: 'invalid_period', message: 'The period ends before it begins.' }]);
  }
  if (to - from > MAX_DAYS * DAY_MS) {
    refuseFaults([{ pointer: '/from', code: 'period_too_long', message: `A period has up to ${MAX_DAYS} days.` }]);
  }
}

type Counts = Omit<Usage, 'success_rate'>;

function usageOf(counts: Counts): Usage {
  const ended = counts.sent + counts.failed;
  return { ...counts, success_rate: ended === 0 ? null : counts.sent / ended };
}

function sumOf(versions: readonly VersionCounts[]): Counts {
  const sum = (field: Exclude<keyof VersionCounts, 'version' | 'last_used_at'>) =>
    versions.reduce((total, counts) => total + counts[field], 0);
  const times = versions.map(({ last_used_at }) => last_used_at.getTime());
  return {
    ...{ accepted: sum('accepted'), pending: sum('pending'), sent: sum('sent'), failed: sum('failed') },
    ...{ delivered: sum('delivered'), read: sum('read') },
    last_used_at: times.length === 0 ? null : new Date(Math.max(...times)),
  };
}
