/** What a caller needs to know of a message: `sent` means that a provider has taken it. */
export const MESSAGE_STATUSES = ['pending', 'sent', 'failed'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** What became of a message after a provider took it, as far as receipts tell. */
export const DELIVERY_STATUSES = ['accepted', 'delivered', 'read', 'undelivered', 'bounced', 'complained'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What a message's workflow is waiting for; null where it is working or has ended. */
export const WAITING_FOR = ['schedule', 'retry', 'receipt', 'operator'] as const;
export type WaitingFor = (typeof WAITING_FOR)[number];

/** What became of one call to a provider. */
export const ATTEMPT_OUTCOMES = ['accepted', 'failed', 'uncertain'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What ends the wait before a message escalates to its next channel: a receipt, or the person's own confirmation. */
export const ESCALATION_GOALS = ['delivered', 'read', 'acknowledged'] as const;
export type EscalationGoal = (typeof ESCALATION_GOALS)[number];

const DELIVERY_RANK: Record<DeliveryStatus, number> = {
  accepted: 0,
  undelivered: 1,
  bounced: 1,
  delivered: 2,
  read: 3,
  complained: 4,
};

/**
 * Whether a receipt moves a message forward. Receipts arrive late, twice and out of order, so a lower or equal rank
 * never overwrites a higher one.
 */
export function isDeliveryProgress(current: DeliveryStatus | null, next: DeliveryStatus): boolean {
  return current === null || DELIVERY_RANK[next] > DELIVERY_RANK[current];
}

/** Whether a receipt says that the person will not get what the provider had taken. */
export function isDeliveryFailure(status: DeliveryStatus): boolean {
  return status === 'undelivered' || status === 'bounced';
}

/**
 * Whether a receipt reaches the goal that ends the wait before escalation; `read` implies `delivered`. No receipt tells
 * that somebody has acknowledged: only they can.
 */
export function reachesGoal(status: DeliveryStatus, goal: EscalationGoal): boolean {
  if (goal === 'acknowledged') return false;
  return !isDeliveryFailure(status) && DELIVERY_RANK[status] >= DELIVERY_RANK[goal];
}
