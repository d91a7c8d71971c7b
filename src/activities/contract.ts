import type { Channel } from '../domain/channels.ts';
import type { Failure } from '../domain/failures.ts';
import type { Plan } from '../domain/plan.ts';
import type { MessageStatus, WaitingFor } from '../domain/statuses.ts';

/** What passes between the workflow and its activities: ids, channels, codes and counts, never content or an address. */

export interface RenderInput {
  readonly messageId: string;
  readonly channel: Channel;
  readonly planRevision: number;
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
  /** The sender has changed the message since the workflow last looked. */
  | { readonly do: 'replan'; readonly plan: Plan }
  /** The message has been cancelled or deleted. */
  | { readonly do: 'stop' };

export interface SendInput {
  readonly messageId: string;
  readonly attemptId: string;
}

export type SendResult =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly outcome: 'stopped' };

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

/** Activities of the task queue for what is done on a schedule. Each gives the number of things it has dealt with. */
export interface MaintenanceActivities {
  /** Asks providers for the bills that are due. */
  fetchBills(): Promise<number>;
  /** Asks WhatsApp for the approval of the templates in use. */
  refreshApprovals(): Promise<number>;
}

/** Activities of a channel's own task queue. */
export interface ChannelActivities {
  send(input: SendInput): Promise<SendResult>;
}
