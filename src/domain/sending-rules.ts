import type { SmsPrices } from './prices.ts';

/** What of an email is tracked. */
export const TRACKING_MODES = ['off', 'opens', 'clicks', 'all'] as const;
export type TrackingMode = (typeof TRACKING_MODES)[number];

/** Who opts out of this category is not tracked. */
export const TRACKING_CATEGORY = 'tracking';

/** Which emails carry a one-click unsubscribe (RFC 8058). */
export const UNSUBSCRIBE_MODES = ['all', 'not_transactional', 'off'] as const;
export type UnsubscribeMode = (typeof UNSUBSCRIBE_MODES)[number];

export interface EmailRules {
  /** Where a message says nothing. */
  readonly tracking: TrackingMode;
  readonly listUnsubscribe: UnsubscribeMode;
  /** Whether mails leave with a return path of ours, which tells bounces apart. */
  readonly hasReturnPath: boolean;
}

export interface SmsRules {
  /** Where texts may go, in two letters (ISO 3166-1); null for everywhere. */
  readonly countries: readonly string[] | null;
  /** Countries with a sender of their own. */
  readonly sendersByCountry: readonly string[];
  /** Null where costs are not estimated; then there are no limits on them either. */
  readonly prices: SmsPrices | null;
  /** Decimal, in the currency of the prices. */
  readonly costLimit: string | null;
  /** For all texts of a day in UTC; decimal, in the currency of the prices. */
  readonly costLimitPerDay: string | null;
}

export interface WhatsappRules {
  /** Our number, E.164; null where the channel has no credentials. */
  readonly sender: string | null;
  /** What a person is taken for who has never been seen writing to us. */
  readonly unknownWindow: 'open' | 'closed';
}

/** What decides, beside the plan, whether and how a message may leave. */
export interface SendingRules {
  readonly email: EmailRules;
  readonly sms: SmsRules;
  readonly whatsapp: WhatsappRules;
  /** IANA name; where a recipient's quiet hours are read who has no time zone. */
  readonly defaultTimeZone: string;
}

/** The sender of a channel where no other one is chosen. */
export const DEFAULT_SENDER = 'default';

/** The key of the sender of a text: the country where that has one of its own. */
export function smsSenderFor(rules: SmsRules, country: string | null): string {
  return country !== null && rules.sendersByCountry.includes(country) ? country : DEFAULT_SENDER;
}
