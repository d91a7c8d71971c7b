import type { Past } from '../domain/begin-delivery.ts';
import type { Channel } from '../domain/channels.ts';
import type { Failure } from '../domain/failures.ts';
import type { Labels, Plan } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import { DEFAULT_SENDER } from '../domain/sending-rules.ts';
import type { DeliveryStatus, MessageStatus, Priority } from '../domain/statuses.ts';

/** Everything that starters, workers and operators have to agree upon: names, ids, inputs. No personal data in any. */

export const DELIVER_MESSAGE = 'deliverMessage';

/** The task queue of workflows and their local activities. */
export const MESSAGES_TASK_QUEUE = 'messages';

/** The task queue of what is done on a schedule. */
export const MAINTENANCE_TASK_QUEUE = 'maintenance';

/** The workflows that Temporal starts on a schedule, by name. */
export const SCHEDULED_WORKFLOWS = [
  'fetchBills',
  'refreshApprovals',
  'cleanUp',
  'reconcile',
  'computeStatistics',
] as const;

/**
 * Each channel has a task queue of its own, so that a dead provider slows nothing but its own channel, and so has each
 * sender of a channel, because providers limit the rate of each.
 */
export function channelTaskQueue(channel: Channel, sender = DEFAULT_SENDER): string {
  return sender === DEFAULT_SENDER ? `channel-${channel}` : `channel-${channel}-${sender.toLowerCase()}`;
}

/** What the memo says of a message that its sender may change; a null takes an entry away. */
export function changeableMemo({ channels }: Plan, { templateName, priority }: Labels) {
  return { plan: channels.join(' → '), priority, templateName };
}

/** Priority keys of Temporal: lower goes first, 3 is the middle of 1 to 5. */
export const PRIORITY_KEYS: Readonly<Record<Priority, number>> = { high: 1, normal: 3, low: 5 };

export function messageWorkflowId(messageId: string): string {
  return `message-${messageId}`;
}

export const BULK_ACTION = 'bulkAction';

export function bulkActionWorkflowId(bulkActionId: string): string {
  return `bulk-action-${bulkActionId}`;
}

export interface BulkActionInput {
  readonly bulkActionId: string;
}

/** Signal that ends a bulk action before its next messages; what it has done stays done. */
export const STOP_SIGNAL = 'stop';

/** Query that tells how far a bulk action has come; null before its first messages. */
export const PROGRESS_QUERY = 'progress';

export interface DeliverMessageInput {
  readonly messageId: string;
  readonly plan: Plan;
  readonly policy: Policy;
  /** Set where an earlier run of this workflow had ended and a signal has woken the message. */
  readonly past: Past | null;
}

export interface DeliverMessageResult {
  readonly status: MessageStatus;
  readonly channel: Channel;
  readonly errorCode: string | null;
}

/**
 * Signals, by name. Each can be sent at any moment of a message's life and is harmless twice. `actor` says who asked,
 * such as `key:0198…`; a signal sent by hand in the Temporal UI may leave it out.
 */
export const SIGNALS = {
  retry: 'retry',
  switchChannel: 'switchChannel',
  cancel: 'cancel',
  resolve: 'resolve',
  receipt: 'receipt',
  planChanged: 'planChanged',
  acknowledge: 'acknowledge',
  /** The message's record has lost where it stands: the workflow writes it anew. */
  recordAgain: 'recordAgain',
} as const;

export interface OperatorSignal {
  readonly actor?: string;
}

export interface SwitchChannelSignal extends OperatorSignal {
  readonly channel: Channel;
}

export interface ReceiptSignal {
  readonly status: DeliveryStatus;
  readonly channel: Channel;
  /** Why the provider could not deliver what it had taken. */
  readonly failure?: Failure;
}

/** The person has confirmed the message; `channel` is where. */
export interface AcknowledgeSignal extends OperatorSignal {
  readonly channel?: Channel;
}

export interface PlanChangedSignal {
  readonly plan: Plan;
  /** Left out by earlier versions: then it stays as it was. */
  readonly policy?: Policy;
  /** As for the policy. */
  readonly labels?: Labels;
}
