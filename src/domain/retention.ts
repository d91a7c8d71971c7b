/** How long messages of each class are kept after their end, in days. */
export type RetentionDays = Readonly<Record<string, number>>;

/** The class of a message where neither it nor its template names one. */
export const DEFAULT_RETENTION = 'standard';

/** Statistics have counted a message long before that, and a repeated request has been answered. */
export const MIN_RETENTION_DAYS = 2;

/** The classes where the configuration names none. */
const DEFAULT_RETENTION_DAYS: RetentionDays = { short: 30, [DEFAULT_RETENTION]: 365, long: 2555 };

/** How long what belongs to no message, or outlives its use before its message, is kept, in days. */
export interface RetentionRules {
  readonly messages: RetentionDays;
  readonly receipts: number;
  readonly inbound: number;
}

export const DEFAULT_RETENTION_RULES: RetentionRules = { messages: DEFAULT_RETENTION_DAYS, receipts: 90, inbound: 365 };

/** What the clean-up removes, in this order: what refers to something else goes first. */
export const REMOVABLES = [
  'messages',
  'receipts',
  'inbound_messages',
  'idempotency_keys',
  'batches',
  'bulk_actions',
  'recipients',
  'daily_costs',
] as const;
export type Removable = (typeof REMOVABLES)[number];

/** A class that is not configured any more is kept as long as the longest that is, so that nothing goes too early. */
export function retentionDays(days: RetentionDays, retention: string): number {
  return Object.hasOwn(days, retention) ? (days[retention] as number) : Math.max(...Object.values(days));
}
