import { isStatementEnded } from '../db/database.ts';
import { type MeasuresRow, STATISTICS_KEYS, type StatisticsKey, sumStatistics } from '../db/statistics.ts';
import type { Channel } from '../domain/channels.ts';
import { quantileOf } from '../domain/duration-buckets.ts';
import { addAmounts, plainAmount } from '../domain/money.ts';
import type { ServiceContext } from './context.ts';
import { isTimeZone } from './recipient-input.ts';
import { type Fault, refuseFaults } from './service-error.ts';

export { STATISTICS_KEYS, type StatisticsKey };

/** What is counted; a message counts for several. */
const COUNTS = [
  ...['accepted', 'pending', 'sent', 'failed', 'cancelled', 'expired'],
  ...['delivered', 'read', 'acknowledged', 'undelivered', 'bounced', 'complained'],
] as const;

/** In seconds, within 5 %; null where there are none. */
export interface Durations {
  readonly median: number | null;
  readonly p95: number | null;
}

/** Decimal; not final as long as a part of it is an estimate. */
export interface Cost {
  readonly amount: string;
  readonly currency: string;
  readonly final: boolean;
}

export interface Summary {
  readonly counts: Readonly<Record<(typeof COUNTS)[number], number>>;
  /** Sent out of sent and failed; null before anything has been sent or has failed. */
  readonly successRate: number | null;
  readonly timeToSent: Durations;
  readonly timeToDelivered: Durations;
  /** One for each currency. */
  readonly costs: readonly Cost[];
}

export interface Group extends Summary, Omit<MeasuresRow, 'measures'> {}

export interface Statistics {
  readonly from: Date;
  readonly to: Date;
  /** Changes up to then are in the hours before the current one; null before they were first computed. */
  readonly computedUntil: Date | null;
  readonly total: Summary;
  readonly groups: readonly Group[];
}

export interface StatisticsRequest {
  /** 30 days before the end where it is null. */
  readonly from: Date | null;
  /** Exclusive; now where it is null. */
  readonly to: Date | null;
  readonly by: readonly StatisticsKey[];
  /** IANA name. */
  readonly timeZone: string;
  readonly channel?: Channel;
  readonly templateId?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STANDARD_DAYS = 30;
const MAX_DAYS = 400;
const MAX_GROUPS = 10_000;

/**
 * What became of the messages that were accepted in a period, which is widened to whole UTC hours.
 * @throws {ServiceError} invalid, where the period is too long or ends before it begins, a time zone is unknown, or there
 *   would be too many groups
 */
export async function getStatistics({ db }: ServiceContext, request: StatisticsRequest): Promise<Statistics> {
  const { by, timeZone, channel, templateId } = request;
  const end = request.to?.getTime() ?? Date.now();
  const start = request.from?.getTime() ?? end - STANDARD_DAYS * DAY_MS;
  refuseFaults([...periodFaults(start, end), ...timeZoneFaults(timeZone)]);
  const range = {
    from: new Date(Math.floor(start / HOUR_MS) * HOUR_MS),
    to: new Date(Math.ceil(end / HOUR_MS) * HOUR_MS),
  };
  const filter = { ...(channel !== undefined && { channel }), ...(templateId !== undefined && { templateId }) };
  const query = { range, by, timeZone, limit: MAX_GROUPS + 1, ...filter };
  const { rows, computedUntil } = await sumStatistics(db, query).catch(refuseIfEnded);
  if (rows.length > MAX_GROUPS) {
    const message = `There are more than ${MAX_GROUPS} groups; ask for a shorter period, or by less.`;
    refuseFaults([{ pointer: '/by', code: 'too_many_groups', message }]);
  }
  const total = summaryOf(rows);
  const groups =
    by.length === 0 ? [] : rows.map(({ measures, ...keys }) => ({ ...keys, ...summaryOf([{ measures }]) }));
  return { ...range, computedUntil, total, groups };
}

/** Long periods of very many messages take longer to add up than a statement may. */
function refuseIfEnded(error: unknown): never {
  if (isStatementEnded(error)) {
    const message = 'So much could not be counted in time; ask for a shorter period, or by less.';
    refuseFaults([{ pointer: '/from', code: 'period_too_long', message }]);
  }
  throw error;
}

function periodFaults(from: number, to: number): Fault[] {
  if (from >= to) {
    return [{ pointer: '/from', code: 'invalid_period', message: 'The period ends before it begins.' }];
  }
  if (to - from <= MAX_DAYS * DAY_MS) return [];
  return [{ pointer: '/from', code: 'period_too_long', message: `A period has up to ${MAX_DAYS} days.` }];
}

/** Offsets are no names: PostgreSQL reads their sign the other way round. */
function timeZoneFaults(timeZone: string): Fault[] {
  if (/^[A-Za-z]/.test(timeZone) && isTimeZone(timeZone)) return [];
  const message = 'Not an IANA time zone such as Europe/London.';
  return [{ pointer: '/time_zone', code: 'invalid_time_zone', message }];
}

function summaryOf(rows: readonly Pick<MeasuresRow, 'measures'>[]): Summary {
  const numbers = new Map<string, number>();
  const amounts = new Map<string, string>();
  for (const [name, value] of rows.flatMap(({ measures }) => Object.entries(measures))) {
    const currency = partOf(name, 'cost');
    if (currency === null) numbers.set(name, (numbers.get(name) ?? 0) + Number(value));
    else amounts.set(currency, addAmounts(amounts.get(currency) ?? '0', value));
  }
  const counts = Object.fromEntries(COUNTS.map((name) => [name, numbers.get(name) ?? 0])) as Summary['counts'];
  const ended = counts.sent + counts.failed;
  return {
    counts,
    successRate: ended === 0 ? null : counts.sent / ended,
    timeToSent: durationsOf(numbers, 'time_to_sent'),
    timeToDelivered: durationsOf(numbers, 'time_to_delivered'),
    costs: [...amounts].sort().map(([currency, amount]) => ({
      ...{ amount: plainAmount(amount), currency, final: !numbers.has(`estimates:${currency}`) },
    })),
  };
}

function durationsOf(numbers: ReadonlyMap<string, number>, measure: string): Durations {
  const buckets = new Map(
    [...numbers].flatMap(([name, count]) => {
      const bucket = partOf(name, measure);
      return bucket === null ? [] : [[Number(bucket), count] as const];
    }),
  );
  return { median: quantileOf(buckets, 0.5), p95: quantileOf(buckets, 0.95) };
}

/** What follows the measure's name; null where it is another measure. */
function partOf(name: string, measure: string): string | null {
  return name.startsWith(`${measure}:`) ? name.slice(measure.length + 1) : null;
}
