import { countryOf } from '../addresses/phone.ts';
import { hasRoomToday } from '../db/daily-costs.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { areTextsLimited, judgeText, type SmsVerdict } from '../domain/sms-limits.ts';
import { countSegments } from '../templates/sms-segments.ts';
import type { ServiceContext } from './context.ts';
import type { MessageContentInput } from './message-input.ts';
import { type Fault, ServiceError, type Warning } from './service-error.ts';

/** The text of a plan; both are null where the plan has none. */
export interface PlannedText {
  /** E.164. */
  readonly phone: string | null;
  readonly rendered: RenderedContent | null;
}

/** What the rules for texts say of a message: a fault where it starts with a text, a warning where that is a fallback. */
export function smsFaults(
  rules: ServiceContext['rules'],
  input: MessageContentInput,
  text: PlannedText,
): { faults: Fault[]; warnings: Warning[] } {
  // Counting segments takes its time, so it is left where nothing could be refused.
  if (!areTextsLimited(rules.sms)) return { faults: [], warnings: [] };
  const verdict = verdictOn(rules, text);
  if (verdict === null || !('refusal' in verdict)) return { faults: [], warnings: [] };
  const fault = faultOf(verdict, text.phone, rules.sms.costLimit);
  if (input.channel === 'sms') {
    const words = input.template === null ? '/content' : '/template_id';
    const pointer = verdict.refusal === 'cost_limit_message' ? words : '/channel';
    return { faults: [{ pointer, ...fault }], warnings: [] };
  }
  const pointer = `/fallback_channels/${input.fallbackChannels.indexOf('sms')}`;
  return { faults: [], warnings: [{ pointer, ...fault, channel: 'sms' }] };
}

/**
 * Refuses a message that starts with a text today, where the texts of today have cost as much as they may.
 * @throws {ServiceError} conflict
 */
export async function refuseSpentDay(
  { db, rules }: Pick<ServiceContext, 'db' | 'rules'>,
  input: MessageContentInput,
  text: PlannedText,
): Promise<void> {
  const limit = rules.sms.costLimitPerDay;
  if (limit === null || input.channel !== 'sms' || !isDueToday(input.sendAt)) return;
  const verdict = verdictOn(rules, text);
  if (verdict === null || 'refusal' in verdict || verdict.cost === null) return;
  const { amount, currency } = verdict.cost;
  if (await hasRoomToday(db, { channel: 'sms', currency }, amount, limit)) return;
  const message = 'The texts of today have cost as much as they may; try again after midnight UTC, or raise the limit.';
  throw new ServiceError('conflict', 'cost_limit_day', message);
}

function verdictOn({ sms }: ServiceContext['rules'], { phone, rendered }: PlannedText): SmsVerdict | null {
  if (phone === null || rendered === null) return null;
  return judgeText(sms, { country: countryOf(phone), segments: countSegments(rendered.text).segments });
}

function faultOf(
  verdict: Extract<SmsVerdict, { refusal: string }>,
  phone: string | null,
  limit: string | null,
): Omit<Fault, 'pointer'> {
  const country = (phone === null ? null : countryOf(phone)) ?? 'this number';
  const { refusal: code } = verdict;
  switch (code) {
    case 'country_not_allowed':
      return { code, message: `Texts to ${country} are not allowed; see SMS_COUNTRIES.` };
    case 'cost_unknown':
      return { code, message: `Costs are limited and no price for ${country} is known; see SMS_PRICES.` };
    case 'cost_limit_message': {
      const { amount, currency } = verdict.cost;
      const message = `The text would cost ${amount} ${currency}, and one may cost ${limit}; shorten it, or see SMS_COST_LIMIT.`;
      return { code, message };
    }
    default:
      return verdict satisfies never;
  }
}

function isDueToday(sendAt: Date | null): boolean {
  const today = new Date().toISOString().slice(0, 10);
  return sendAt === null || sendAt.toISOString().slice(0, 10) <= today;
}
