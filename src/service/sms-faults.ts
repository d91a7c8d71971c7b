import { countryOf } from '../addresses/phone.ts';
import { hasRoomToday } from '../db/daily-costs.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { judgeText, type SmsRefusal } from '../domain/sms-limits.ts';
import { countSegments } from '../templates/sms-segments.ts';
import type { ServiceContext } from './context.ts';
import type { MessageContentInput } from './message-input.ts';
import { type Fault, ServiceError, type Warning } from './service-error.ts';

const MESSAGES: Readonly<Record<SmsRefusal, (country: string) => Omit<Fault, 'pointer'>>> = {
  country_not_allowed: (country) => ({
    ...{ code: 'country_not_allowed', message: `Texts to ${country} are not allowed; see SMS_COUNTRIES.` },
  }),
  cost_unknown: (country) => ({
    ...{ code: 'cost_unknown', message: `Costs are limited and no price for ${country} is known; see SMS_PRICES.` },
  }),
  cost_limit_message: () => ({
    ...{ code: 'cost_limit_message', message: 'The text costs more than one may; shorten it, or see SMS_COST_LIMIT.' },
  }),
};

/**
 * What the rules for texts say of a message: a fault where it starts with a text, a warning where that is a fallback.
 * @throws {ServiceError} conflict, where the texts of today have cost as much as they may and this one is due today
 */
export async function smsFaults(
  { db, rules }: Pick<ServiceContext, 'db' | 'rules'>,
  input: MessageContentInput,
  { phone, rendered }: { readonly phone: string | null; readonly rendered: RenderedContent | null },
): Promise<{ faults: Fault[]; warnings: Warning[] }> {
  if (phone === null || rendered === null) return { faults: [], warnings: [] };
  const country = countryOf(phone);
  const judged = judgeText(rules.sms, { country, segments: countSegments(rendered.text).segments });
  if ('refusal' in judged) return placed(input, MESSAGES[judged.refusal](country ?? 'this number'));
  const { cost } = judged;
  const limit = rules.sms.costLimitPerDay;
  if (cost === null || limit === null || input.channel !== 'sms' || !isDueToday(input.sendAt)) {
    return { faults: [], warnings: [] };
  }
  if (await hasRoomToday(db, { channel: 'sms', currency: cost.currency }, cost.amount, limit)) {
    return { faults: [], warnings: [] };
  }
  const message = 'The texts of today have cost as much as they may; try again after midnight UTC, or raise the limit.';
  throw new ServiceError('conflict', 'cost_limit_day', message);
}

function placed(input: MessageContentInput, fault: Omit<Fault, 'pointer'>): { faults: Fault[]; warnings: Warning[] } {
  if (input.channel === 'sms') return { faults: [{ pointer: '/channel', ...fault }], warnings: [] };
  const pointer = `/fallback_channels/${input.fallbackChannels.indexOf('sms')}`;
  return { faults: [], warnings: [{ pointer, ...fault, channel: 'sms' }] };
}

function isDueToday(sendAt: Date | null): boolean {
  const today = new Date().toISOString().slice(0, 10);
  return sendAt === null || sendAt.toISOString().slice(0, 10) <= today;
}
