import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcDeadlineError,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import { beginDelivery, resumeDelivery } from '../domain/begin-delivery.ts';
import { CHANNELS, type Channel } from '../domain/channels.ts';
import type { Labels } from '../domain/plan.ts';
import { DEFAULT_SENDER } from '../domain/sending-rules.ts';
import {
  type AcknowledgeSignal,
  BULK_ACTION,
  bulkActionWorkflowId,
  channelTaskQueue,
  DELIVER_MESSAGE,
  type DeliverMessageInput,
  MAINTENANCE_TASK_QUEUE,
  MESSAGES_TASK_QUEUE,
  messageWorkflowId,
  type OperatorSignal,
  type PlanChangedSignal,
  PRIORITY_KEYS,
  type ReceiptSignal,
  SIGNALS,
  type SwitchChannelSignal,
} from '../workflows/contract.ts';
import { initialSearchAttributes } from '../workflows/search-attributes.ts';
import { connectionOptions, type TemporalAddress } from './connect.ts';
import { messageMemo } from './memo.ts';
import { createTurns } from './turns.ts';

/** What a workflow is labelled with when it starts; none of it is personal data. */
export interface WorkflowLabels extends Labels {
  /** Messages of one key take turns with those of others where they wait in a queue: the API key's id. */
  readonly fairnessKey?: string | null;
  readonly batchId?: string | null;
}

export type MessageSignal =
  | { readonly name: 'retry' | 'cancel' | 'resolve' | 'recordAgain'; readonly argument: OperatorSignal }
  | { readonly name: 'switchChannel'; readonly argument: SwitchChannelSignal }
  | { readonly name: 'receipt'; readonly argument: ReceiptSignal }
  | { readonly name: 'planChanged'; readonly argument: PlanChangedSignal }
  | { readonly name: 'acknowledge'; readonly argument: AcknowledgeSignal };

/** Temporal could not be reached, or refused the call. Nothing is lost: accepted messages are started later. */
export class TemporalUnavailable extends Error {
  override readonly name = 'TemporalUnavailable';
}

/** How much waits on a task queue. */
export interface QueueState {
  readonly name: string;
  /** Whether a worker has asked for its tasks of late. */
  readonly hasWorker: boolean;
  /** Tasks that wait for a worker, about. */
  readonly length: number;
  /** Of the oldest of them, in seconds. */
  readonly ageSeconds: number;
}

/** The only user of the Temporal client. */
export interface Gateway {
  /**
   * Starts a message's workflow; does nothing where it has been started before.
   * @throws {TemporalUnavailable}
   */
  start(input: DeliverMessageInput, labels: WorkflowLabels): Promise<void>;
  /**
   * Signals a message's workflow. Where its last run has ended, a new one starts under the same id from `input`.
   * @throws {TemporalUnavailable}
   */
  signal(signal: MessageSignal, input: DeliverMessageInput, labels: WorkflowLabels): Promise<void>;
  /**
   * Runs what holds a database connection while it calls Temporal, a few at a time: while Temporal hangs, the other
   * connections are left to what goes on without it.
   * @throws {TemporalUnavailable} where too many wait, or the wait is too long, or Temporal did not answer others
   */
  inTurn<Result>(run: () => Promise<Result>): Promise<Result>;
  /**
   * Starts a bulk action's workflow; does nothing where it is running.
   * @param summary what is shown of it in the Temporal UI; no personal data
   * @throws {TemporalUnavailable}
   */
  startBulkAction(bulkActionId: string, summary: string): Promise<void>;
  /** Whether Temporal answers. */
  isHealthy(): Promise<boolean>;
  /**
   * What waits on the task queues of the workflows, of each channel, and of what runs on a schedule.
   * @param senders keys of the senders that a channel has beside its default one
   * @throws {TemporalUnavailable}
   */
  describeQueues(senders: Partial<Readonly<Record<Channel, readonly string[]>>>): Promise<QueueState[]>;
  close(): Promise<void>;
}

/** Longest that one call to Temporal may take, in milliseconds. */
const CALL_TIMEOUT_MS = 5_000;

/** Calls are repeated by whoever makes them; here, only a connection that breaks by chance is made again. */
const CALL_ATTEMPTS = 3;

/** How many may hold a database connection while they call Temporal, where a process has ten of them. */
const CALLS_IN_TURN = 4;
/** The rest waits for its turn, and is told to come back later where too many do, or it takes too long. */
const TURNS = {
  maxWaiting: 1_000,
  maxWaitMs: 10_000,
  refusal: () => new TemporalUnavailable('Others wait for Temporal already.'),
};

/** `UNAVAILABLE` of gRPC. */
const GRPC_UNAVAILABLE = 14;

/** The share of a process's database connections that may be held by calls to Temporal: four of ten. */
export function callsInTurn(poolSize: number): number {
  return Math.max(1, Math.floor(poolSize * 0.4));
}

/**
 * Connects when the first call is made, so that the API starts and accepts messages without Temporal.
 * @param atOnce how many may hold a database connection while they call Temporal, see `inTurn`
 */
export function createGateway(address: TemporalAddress, atOnce = CALLS_IN_TURN): Gateway {
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: CALL_ATTEMPTS }));
  const connection = Connection.lazy({ ...connectionOptions(address), interceptors: [retry] });
  const client = new Client({ connection, namespace: address.namespace });
  const turns = createTurns({ ...TURNS, atOnce });

  async function call<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, run);
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw error;
      // Those that wait would only wait in vain, one after the other.
      if (isOutage(error)) turns.refuseWaiting();
      throw new TemporalUnavailable('Temporal did not take the call.', { cause: error });
    }
  }

  return {
    async start(input, labels) {
      try {
        await call(() =>
          client.workflow.start(DELIVER_MESSAGE, {
            ...startOptions(input, labels),
            workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
            workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    async signal(signal, input, labels) {
      await call(() =>
        client.workflow.signalWithStart(DELIVER_MESSAGE, {
          ...startOptions(input, labels),
          signal: SIGNALS[signal.name],
          signalArgs: [signal.argument],
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        }),
      );
    },
    inTurn: (run) => turns.take(run),
    async startBulkAction(bulkActionId, summary) {
      await call(() => client.workflow.start(BULK_ACTION, bulkActionOptions(bulkActionId, summary)));
    },
    async isHealthy() {
      try {
        await call(() => connection.healthService.check({}));
        return true;
      } catch (error) {
        if (error instanceof TemporalUnavailable) return false;
        throw error;
      }
    },
    async describeQueues(senders) {
      return await Promise.all(queuesOf(senders).map((queue) => call(() => describeQueue(client, queue))));
    },
    async close() {
      await connection.close();
    },
  };
}

function startOptions(input: DeliverMessageInput, labels: WorkflowLabels) {
  const { plan, past } = input;
  const { priority, fairnessKey } = labels;
  const delivery = past === null ? beginDelivery(plan, Date.now()) : resumeDelivery(plan, past, Date.now());
  return {
    workflowId: messageWorkflowId(input.messageId),
    taskQueue: MESSAGES_TASK_QUEUE,
    args: [input] as [DeliverMessageInput],
    typedSearchAttributes: initialSearchAttributes(delivery, labels),
    // Activities take it over from their workflow, which is what counts where sends wait for their channel.
    priority: { priorityKey: PRIORITY_KEYS[priority], ...(fairnessKey != null && { fairnessKey }) },
    memo: messageMemo(input, labels),
    staticSummary: `${input.plan.channels.join(' → ')}, ${labels.priority} priority`,
  };
}

function bulkActionOptions(bulkActionId: string, summary: string) {
  return {
    workflowId: bulkActionWorkflowId(bulkActionId),
    taskQueue: MAINTENANCE_TASK_QUEUE,
    args: [{ bulkActionId }],
    staticSummary: summary,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  };
}

/** Whether Temporal is away or hangs, as opposed to refusing one call. */
function isOutage(error: unknown): boolean {
  if (isGrpcDeadlineError(error)) return true;
  const cause = error instanceof Error ? error.cause : undefined;
  return [error, cause].some((one) => isGrpcServiceError(one) && one.code === GRPC_UNAVAILABLE);
}

/** `TASK_QUEUE_TYPE_WORKFLOW` and `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;

interface Queue {
  readonly name: string;
  readonly type: number;
}

function queuesOf(senders: Parameters<Gateway['describeQueues']>[0]): Queue[] {
  const channels = CHANNELS.flatMap((channel) =>
    [DEFAULT_SENDER, ...(senders[channel] ?? [])].map((sender) => channelTaskQueue(channel, sender)),
  );
  return [
    { name: MESSAGES_TASK_QUEUE, type: WORKFLOW_QUEUE },
    ...channels.map((name) => ({ name, type: ACTIVITY_QUEUE })),
    { name: MAINTENANCE_TASK_QUEUE, type: WORKFLOW_QUEUE },
  ];
}

async function describeQueue(client: Client, { name, type: taskQueueType }: Queue): Promise<QueueState> {
  const { stats, pollers } = await client.workflowService.describeTaskQueue({
    ...{ namespace: client.options.namespace, taskQueue: { name }, taskQueueType, reportStats: true },
  });
  return {
    name,
    hasWorker: (pollers?.length ?? 0) > 0,
    length: Number(stats?.approximateBacklogCount ?? 0),
    ageSeconds: Number(stats?.approximateBacklogAge?.seconds ?? 0),
  };
}
