import PQueue from 'p-queue';
import { listUnsignalledAcknowledgements } from '../db/acknowledgements.ts';
import type { Database } from '../db/database.ts';
import { type DispatchRow, listUndispatched, markDispatched } from '../db/dispatch.ts';
import { listUnsignalledReceipts } from '../db/receipts.ts';
import type { PolicyRules } from '../domain/policy.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type Gateway, TemporalUnavailable } from '../temporal/gateway.ts';
import { tellAcknowledged } from './acknowledge-signal.ts';
import { type StartableBulkAction, startBulkActionWorkflow, sweepBulkActions } from './bulk-action-starter.ts';
import { createCancelTeller } from './cancel-signal.ts';
import { createFairQueue } from './fair-queue.ts';
import { tellWorkflow } from './receipt-signal.ts';
import { workflowInput, workflowLabels } from './workflow-input.ts';

/** Starts the workflows of accepted messages: at once, and again later where that failed. */
export interface Dispatcher {
  /** Takes messages that have just been accepted; returns before they are started and never fails. */
  dispatch(rows: readonly DispatchRow[]): void;
  /** Takes a bulk action whose workflow is to run; returns before it is started. */
  dispatchBulkAction(row: StartableBulkAction): void;
  /** Tells the workflows of messages whose cancellation is on record; returns before they are told and never fails. */
  tellCancelled(messageIds: readonly string[]): void;
  /**
   * Starts what was accepted earlier but not started, and passes on receipts, acknowledgements and cancellations;
   * returns how many starts it found.
   */
  sweep(): Promise<number>;
  /** Sweeps now and then until `close`. */
  startSweeping(): void;
  /** Waits for starts that are under way. */
  close(): Promise<void>;
}

/** Starts under way at a time; more only wait in Temporal's queue instead of ours. */
export const MAX_STARTING = 32;
/** Messages that may wait in memory; beyond that all but the urgent wait in the database, where the sweep finds them. */
const MAX_WAITING = 5_000;
/** Age at which a message counts as forgotten, in seconds. */
const SWEEP_AGE_SECONDS = 5;
const SWEEP_INTERVAL_MS = 2_000;
const SWEEP_BATCH = 500;

interface DispatcherOptions {
  readonly db: Database;
  readonly gateway: Gateway;
  readonly policy: PolicyRules;
  readonly telemetry: Telemetry;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { db, telemetry } = options;
  const starts = createStartQueue(options);
  const cancels = createCancelTeller(options);
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  async function sweep(): Promise<number> {
    const rows = await listUndispatched(db, SWEEP_AGE_SECONDS, SWEEP_BATCH);
    telemetry.undispatched(rows.length);
    starts.add(rows);
    await starts.onIdle();
    await sweepBulkActions(options);
    for (const receipt of await listUnsignalledReceipts(db, SWEEP_AGE_SECONDS, SWEEP_BATCH)) {
      await tellWorkflow(options, receipt);
    }
    for (const acknowledgement of await listUnsignalledAcknowledgements(db, SWEEP_AGE_SECONDS, SWEEP_BATCH)) {
      await tellAcknowledged(options, acknowledgement);
    }
    await cancels.sweep(SWEEP_AGE_SECONDS, SWEEP_BATCH);
    return rows.length;
  }

  async function keepSweeping(): Promise<void> {
    try {
      await sweep();
    } catch (error) {
      telemetry.stepFailed({ step: 'sweep', messageId: null, error });
    }
    if (!isClosed) timer = setTimeout(keepSweeping, SWEEP_INTERVAL_MS);
  }

  return {
    dispatch(rows) {
      if (isClosed) return;
      starts.add(starts.size + rows.length <= MAX_WAITING ? rows : rows.filter(({ priority }) => priority === 'high'));
    },
    tellCancelled(messageIds) {
      if (!isClosed) cancels.tell(messageIds);
    },
    dispatchBulkAction(row) {
      if (isClosed) return;
      starts
        .run(() => startBulkActionWorkflow(options, row))
        .catch((error: unknown) => {
          telemetry.stepFailed({ step: 'start_bulk_action', messageId: null, error });
        });
    },
    sweep,
    startSweeping: () => void keepSweeping(),
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      starts.clear();
      await Promise.all([starts.onIdle(), cancels.close()]);
    },
  };
}

/** What is to be started: a few at a time, the urgent first, and the messages of each API key in turn. */
function createStartQueue(options: DispatcherOptions) {
  const queue = new PQueue({ concurrency: MAX_STARTING });
  const waiting = createFairQueue<DispatchRow>();
  const start = createStarter(options, clear);

  function clear(): void {
    queue.clear();
    waiting.clear();
  }

  async function startNext(): Promise<void> {
    const row = waiting.next();
    if (row !== undefined) await start(row);
  }

  return {
    get size() {
      return waiting.size;
    },
    add(rows: readonly DispatchRow[]): void {
      for (const row of rows) {
        waiting.add(row, { priority: row.priority, owner: row.api_key_id ?? '' });
        void queue.add(startNext);
      }
    },
    run: (task: () => Promise<void>) => queue.add(task),
    clear,
    onIdle: () => queue.onIdle(),
  };
}

/** Starts one message's workflow and marks it as started; marks gather while one is being written. */
function createStarter({ db, gateway, policy, telemetry }: DispatcherOptions, giveUp: () => void) {
  const started: string[] = [];
  let marking: Promise<void> | null = null;

  async function mark(): Promise<void> {
    while (marking !== null) await marking;
    const ids = started.splice(0);
    if (ids.length === 0) return;
    marking = markDispatched(db, ids).finally(() => {
      marking = null;
    });
    await marking;
  }

  return async (row: DispatchRow): Promise<void> => {
    try {
      await gateway.start(workflowInput(row, policy), workflowLabels(row));
      started.push(row.id);
      await mark();
    } catch (error) {
      telemetry.dispatchFailed({ messageId: row.id, error });
      // While Temporal is away every further start would fail too; the sweep finds these messages again.
      if (error instanceof TemporalUnavailable) giveUp();
    }
  };
}
