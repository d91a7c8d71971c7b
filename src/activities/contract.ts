import type { BulkActionProgress } from '../domain/bulk-actions.ts';
import type { Channel } from '../domain/channels.ts';
import type { Failure } from '../domain/failures.ts';
import type { Labels, Plan } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import type { Removable } from '../domain/retention.ts';
import type { DeliveryStatus, MessageStatus, WaitingFor } from '../domain/statuses.ts';

/** What passes between the workflow and its activities: ids, channels, codes and counts, never content or an address. */

export interface RenderInput {
  readonly messageId: string;
  readonly channel: Channel;
  readonly planRevision: number;
  /** Set where an operator wants the attempt now, whatever hours the person wants to be quiet. */
  readonly evenIfQuiet?: true;
  /** Names this attempt within the message, so that a repeated render finds the attempt it had made. */
  readonly token: string;
}

export type RenderResult =
  /** `sender` is the key of the channel's sender; left out for the default one. */
  | { readonly do: 'send'; readonly attemptId: string; readonly sender?: string }
  /** The content cannot be sent on this channel. */
  | { readonly do: 'fail'; readonly failure: Failure }
  /** An earlier attempt whose outcome was unknown has been taken after all. */
  | { readonly do: 'accept' }
  /** The sender has changed the message since the workflow last looked. Earlier versions gave less. */
  | { readonly do: 'replan'; readonly plan: Plan; readonly policy?: Policy; readonly labels?: Labels }
  /** The person wants to be quiet until then, RFC 3339. */
  | { readonly do: 'postpone'; readonly until: string }
  /** The person has acknowledged the message, so that it needs no further attempt; null where it is not known where. */
  | { readonly do: 'acknowledge'; readonly channel: Channel | null }
  /** The message is of no use any more. */
  | { readonly do: 'expire' }
  /** The message has been cancelled or deleted. */
  | { readonly do: 'stop' };

export interface SendInput {
  readonly messageId: string;
  readonly attemptId: string;
}

export type SendResult =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly outcome: 'stopped' }
  /** Nobody took the call before the message expired. */
  | { readonly outcome: 'expired' }
  /** A receipt of an earlier attempt says what the message waits for, so that the provider was not called. */
  | { readonly outcome: 'overtaken'; readonly status: DeliveryStatus; readonly channel: Channel }
  /** The person has acknowledged an earlier attempt; null where it is not known which. */
  | { readonly outcome: 'acknowledged'; readonly channel: Channel | null };

/** A step of a message's life, to be kept: the state after it and the event that led there. */
export interface RecordInput {
  readonly messageId: string;
  /** Names this step within the message, so that a repeated record changes nothing. */
  readonly token: string;
  readonly status: MessageStatus;
  readonly channel: Channel;
  readonly waitingFor: WaitingFor | null;
  /** When the wait ends, RFC 3339. */
  readonly waitingUntil: string | null;
  /** Whether nothing more is to be done; left out by earlier versions. */
  readonly hasEnded?: boolean;
  readonly failure: Failure | null;
  readonly event: {
    readonly type: string;
    readonly channel: Channel;
    readonly detail: string | null;
    readonly actor: string;
  };
}

/** Local activities: they run in the worker that runs the workflow, and only touch the database. */
export interface LocalActivities {
  render(input: RenderInput): Promise<RenderResult>;
  record(input: RecordInput): Promise<void>;
}

export interface CleanUpInput {
  readonly what: Removable;
}

export interface CleanUpResult {
  /** Rows, not counting what hung on them. */
  readonly removed: number;
  /** Whether nothing is left whose time is over. */
  readonly isDone: boolean;
}

/** Where one look through all messages has got to. */
export interface ReconcileCursor {
  /** The rows first, then what Temporal knows. */
  readonly source: 'rows' | 'workflows';
  /** Where the next page begins; null for the first one. */
  readonly after: string | null;
}

export interface ReconcileResult {
  readonly healed: number;
  /** Null at the end. */
  readonly next: ReconcileCursor | null;
}

export interface StatisticsPieceInput {
  /** RFC 3339, `to` exclusive; null for the hours that have changed. */
  readonly range: { readonly from: string; readonly to: string } | null;
  /** When the work began, RFC 3339, as the first piece gave it; null for the first piece. */
  readonly begunAt: string | null;
}

export interface StatisticsPiece {
  /** When the work began by the database's clock, RFC 3339. */
  readonly begunAt: string;
  /** How many hours were computed. */
  readonly hours: number;
  readonly isDone: boolean;
}

export interface BulkActionStepInput {
  readonly bulkActionId: string;
}

/** Activities of the task queue for what is done on a schedule. Each gives the number of things it has dealt with. */
export interface MaintenanceActivities {
  /** Asks providers for the bills that are due. */
  fetchBills(): Promise<number>;
  /** Asks WhatsApp for the approval of the templates in use. */
  refreshApprovals(): Promise<number>;
  /** Computes the statistics of some hours. */
  computeStatistics(input: StatisticsPieceInput): Promise<StatisticsPiece>;
  /** Removes what has been kept for its time, for some seconds. */
  cleanUp(input: CleanUpInput): Promise<CleanUpResult>;
  /** Compares one page of messages with their workflows, and heals what differs. */
  reconcile(cursor: ReconcileCursor): Promise<ReconcileResult>;
  /** Does the next messages of a bulk action, or ends it. */
  runBulkAction(input: BulkActionStepInput): Promise<BulkActionProgress>;
  /** Ends a bulk action that has been stopped in Temporal. */
  stopBulkAction(input: BulkActionStepInput): Promise<BulkActionProgress>;
}

/** Activities of a channel's own task queue. */
export interface ChannelActivities {
  send(input: SendInput): Promise<SendResult>;
}
