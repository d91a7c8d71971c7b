import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { CHANNELS } from '../domain/channels.ts';
import type { Standing } from '../domain/reconcile.ts';
import { MESSAGE_STATUSES, WAITING_FOR } from '../domain/statuses.ts';
import { DELIVER_MESSAGE, type DeliverMessageResult, messageWorkflowId } from '../workflows/contract.ts';
import { connectionOptions, type TemporalAddress } from './connect.ts';

/** How Temporal sees the last run of a message's workflow. */
export type WorkflowState =
  /** `standing` is null where the workflow is about to say something new. */
  | { readonly state: 'running'; readonly standing: Standing | null }
  | { readonly state: 'completed'; readonly result: DeliverMessageResult }
  /** Ended by force, or for a fault of the workflow. */
  | { readonly state: 'failed' }
  | { readonly state: 'missing' };

/** Message ids with what the search attributes of their running workflows say; null where they cannot be read. */
export type RunningWorkflows = ReadonlyMap<string, Standing | null>;

/** Asks Temporal about the workflows of messages. Every function throws where it does not answer. */
export interface WorkflowStates {
  /** Which of these messages have a running workflow, as far as Temporal's index knows, which lags behind a little. */
  findRunning(messageIds: readonly string[]): Promise<RunningWorkflows>;
  /** The running workflows of all messages, page by page. */
  listRunning(page: string | null): Promise<{ readonly running: RunningWorkflows; readonly next: string | null }>;
  /** One workflow, exactly. */
  describe(messageId: string): Promise<WorkflowState>;
  close(): Promise<void>;
}

/** Workflows of one page. */
const PAGE_SIZE = 500;
/** Longest that one call may take, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000;

const RUNNING = `WorkflowType = '${DELIVER_MESSAGE}' AND ExecutionStatus = 'Running'`;
const ID_PREFIX = messageWorkflowId('');

/** Connects when the first call is made. */
export function createWorkflowStates(address: TemporalAddress): WorkflowStates {
  const connection = Connection.lazy(connectionOptions(address));
  const { namespace } = address;
  const client = new Client({ connection, namespace });

  async function call<Result>(run: () => Promise<Result>): Promise<Result> {
    return await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, run);
  }

  async function list(query: string, page: string | null, pageSize: number) {
    const nextPageToken = page === null ? new Uint8Array() : Buffer.from(page, 'base64');
    const request = { namespace, query, pageSize, nextPageToken };
    const answer = await call(() => connection.workflowService.listWorkflowExecutions(request));
    const running = (answer.executions ?? []).map(({ execution, searchAttributes }) => {
      const messageId = (execution?.workflowId ?? '').slice(ID_PREFIX.length);
      return [messageId, standingOf(searchAttributes?.indexedFields ?? {})] as const;
    });
    const token = Buffer.from(answer.nextPageToken ?? []).toString('base64');
    return { running: new Map(running), next: token === '' ? null : token };
  }

  return {
    async findRunning(messageIds) {
      if (messageIds.length === 0) return new Map();
      const ids = messageIds.map((id) => `'${messageWorkflowId(id)}'`).join(', ');
      return (await list(`${RUNNING} AND WorkflowId IN (${ids})`, null, messageIds.length)).running;
    },
    listRunning: (page) => list(RUNNING, page, PAGE_SIZE),
    async describe(messageId) {
      const handle = client.workflow.getHandle(messageWorkflowId(messageId));
      try {
        const { status, raw } = await call(() => handle.describe());
        switch (status.name) {
          case 'COMPLETED':
            return { state: 'completed', result: await call(() => handle.result()) };
          case 'FAILED':
          case 'CANCELLED':
          case 'TERMINATED':
          case 'TIMED_OUT':
            return { state: 'failed' };
          default: {
            const { searchAttributes } = raw.workflowExecutionInfo ?? {};
            const isBusy = raw.pendingWorkflowTask != null;
            return { state: 'running', standing: isBusy ? null : standingOf(searchAttributes?.indexedFields ?? {}) };
          }
        }
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { state: 'missing' };
        throw error;
      }
    },
    async close() {
      await connection.close();
    },
  };
}

type Payloads = Readonly<Record<string, { readonly data?: Uint8Array | null }>>;

function standingOf(attributes: Payloads): Standing | null {
  const word = <Word extends string>(name: string, words: readonly Word[]) =>
    words.find((known) => known === keywordOf(attributes[name]?.data));
  const status = word('MessageStatus', MESSAGE_STATUSES);
  const channel = word('MessageChannel', CHANNELS);
  if (status === undefined || channel === undefined) return null;
  return { status, channel, waitingFor: word('WaitingFor', WAITING_FOR) ?? null };
}

/** A keyword comes as JSON, alone or as the only one of a list. */
function keywordOf(data: Uint8Array | null | undefined): unknown {
  if (data == null || data.length === 0) return undefined;
  const value: unknown = JSON.parse(Buffer.from(data).toString());
  return Array.isArray(value) ? value[0] : value;
}
