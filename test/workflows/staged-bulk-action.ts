import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { BulkActionProgress } from '../../src/domain/bulk-actions.ts';
import type { Gateway } from '../../src/temporal/gateway.ts';
import { bulkActionWorkflowId, PROGRESS_QUERY, STOP_SIGNAL } from '../../src/workflows/contract.ts';

/** What a step of a bulk action leads to, at once or when the test lets it. */
export type ScriptedStep = BulkActionProgress | (() => Promise<BulkActionProgress>);

/** How far a bulk action of a hundred messages has come that is running, unless `more` says otherwise. */
export function progressAt(done: number, more: Partial<BulkActionProgress> = {}): BulkActionProgress {
  return { status: 'running', matched: 100, done, refused: {}, ...more };
}

/** A bulk action whose workflow is real, while its steps follow a script, the last of which is repeated. */
export class StagedBulkAction {
  readonly id = randomUUID();
  /** The activities that ran, in order. */
  readonly calls: ('run' | 'stop')[] = [];
  readonly #steps: ScriptedStep[];
  readonly #client: Client;
  #last = progressAt(0);

  constructor(client: Client, steps: readonly ScriptedStep[]) {
    this.#client = client;
    this.#steps = [...steps];
  }

  get handle(): WorkflowHandle {
    return this.#client.workflow.getHandle(bulkActionWorkflowId(this.id));
  }

  async start(gateway: Gateway): Promise<void> {
    await gateway.startBulkAction(this.id, 'retry of 100 messages');
  }

  async step(): Promise<BulkActionProgress> {
    this.calls.push('run');
    const next = this.#steps.shift() ?? this.#last;
    this.#last = typeof next === 'function' ? await next() : next;
    return this.#last;
  }

  async stop(): Promise<BulkActionProgress> {
    this.calls.push('stop');
    return { ...this.#last, status: 'stopped' };
  }

  async signalStop(): Promise<void> {
    await this.handle.signal(STOP_SIGNAL);
  }

  async progress(): Promise<BulkActionProgress | null> {
    return await this.handle.query(PROGRESS_QUERY);
  }

  /** What an operator reads on the workflow's page. */
  async currentDetails(): Promise<string> {
    const { currentDetails } = await this.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return currentDetails;
  }

  async result(): Promise<BulkActionProgress> {
    return await this.handle.result();
  }
}
