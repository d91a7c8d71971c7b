import { isMoreThan } from './money.ts';
import { type CostEstimate, estimateSmsCost } from './prices.ts';
import type { SmsRules } from './sending-rules.ts';

/** A text that is about to be accepted or sent. */
export interface MeasuredText {
  /** Two letters (ISO 3166-1); null where the number belongs to none. */
  readonly country: string | null;
  readonly segments: number;
}

/** Why the rules stand against a text. */
export type SmsRefusal = 'country_not_allowed' | 'cost_unknown' | 'cost_limit_message';

export type SmsVerdict =
  | { readonly refusal: 'country_not_allowed' | 'cost_unknown' }
  | { readonly refusal: 'cost_limit_message'; readonly cost: CostEstimate }
  /** It may be sent; its cost is null where it is not known, and nothing limits it. */
  | { readonly cost: CostEstimate | null };

/** Whether the rules could refuse any text at all. */
export function areTextsLimited({ countries, costLimit, costLimitPerDay }: SmsRules): boolean {
  return countries !== null || costLimit !== null || costLimitPerDay !== null;
}

/**
 * What the rules say of a text as such, whatever the day has cost. Where costs are limited, one that cannot be estimated
 * is refused: a ceiling with holes is none.
 */
export function judgeText(rules: SmsRules, { country, segments }: MeasuredText): SmsVerdict {
  if (rules.countries !== null && (country === null || !rules.countries.includes(country))) {
    return { refusal: 'country_not_allowed' };
  }
  const cost = rules.prices === null ? null : estimateSmsCost(rules.prices, country, segments);
  const isLimited = rules.costLimit !== null || rules.costLimitPerDay !== null;
  if (isLimited && cost === null) return { refusal: 'cost_unknown' };
  if (cost !== null && rules.costLimit !== null && isMoreThan(cost.amount, rules.costLimit)) {
    return { refusal: 'cost_limit_message', cost };
  }
  return { cost };
}
