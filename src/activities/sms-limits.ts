import { reserveCost } from '../db/daily-costs.ts';
import type { Database } from '../db/database.ts';
import type { FailureKind } from '../domain/failures.ts';
import type { CostEstimate } from '../domain/prices.ts';
import { judgeText, type MeasuredText, type SmsRefusal } from '../domain/sms-limits.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { type Refusal, refusal } from './refusal.ts';

const KINDS: Readonly<Record<SmsRefusal, FailureKind>> = {
  country_not_allowed: 'unreachable',
  cost_unknown: 'rejected',
  cost_limit_message: 'rejected',
};

/**
 * What a text will cost, or why it may not be sent: its country, or what it or the texts of the day would cost. Its cost
 * is reserved from what the day may cost.
 * @param db a transaction, of which this is the last work that may wait for others
 */
export async function allowText(
  { rules }: Pick<ActivityDependencies, 'rules'>,
  db: Database,
  text: MeasuredText,
): Promise<Refusal | { readonly cost: CostEstimate | null }> {
  const judged = judgeText(rules.sms, text);
  if ('refusal' in judged) return refusal(KINDS[judged.refusal], judged.refusal);
  const { cost } = judged;
  const limit = rules.sms.costLimitPerDay;
  if (cost === null || limit === null) return { cost };
  const isReserved = await reserveCost(db, { channel: 'sms', currency: cost.currency }, cost.amount, limit);
  return isReserved ? { cost } : refusal('rejected', 'cost_limit_day');
}
