import type { Database } from '../db/database.ts';
import { type DispatchRow, listUndispatched, markDispatched } from '../db/dispatch.ts';
import type { Policy } from '../domain/policy.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type Gateway, TemporalUnavailable } from '../temporal/gateway.ts';
import { workflowInput, workflowLabels } from './workflow-input.ts';

/** Starts the workflows of accepted messages: at once, and again later where that failed. */
export interface Dispatcher {
  /** Takes messages that have just been accepted; returns before they are started and never fails. */
  dispatch(rows: readonly DispatchRow[]): void;
  /** Starts what was accepted earlier but not started; returns how many were found. */
  sweep(): Promise<number>;
  /** Sweeps now and then until `close`. */
  startSweeping(): void;
  /** Waits for starts that are under way. */
  close(): Promise<void>;
}

/** Starts under way at a time; more only wait in Temporal's queue instead of ours. */
const MAX_STARTING = 32;
/** Messages that may wait in memory; beyond that they wait in the database, where the sweep finds them. */
const MAX_WAITING = 5_000;
/** Age at which a message counts as forgotten, in seconds. */
const SWEEP_AGE_SECONDS = 5;
const SWEEP_INTERVAL_MS = 2_000;
const SWEEP_BATCH = 500;

export function createDispatcher(options: {
  db: Database;
  gateway: Gateway;
  policy: Policy;
  telemetry: Telemetry;
}): Dispatcher {
  const { db, gateway, policy, telemetry } = options;
  const waiting: DispatchRow[] = [];
  const starting = new Set<Promise<void>>();
  const started: string[] = [];
  let marking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  function fill(): void {
    while (starting.size < MAX_STARTING) {
      const row = waiting.shift();
      if (row === undefined) return;
      const run = start(row).finally(() => {
        starting.delete(run);
        fill();
      });
      starting.add(run);
    }
  }

  async function start(row: DispatchRow): Promise<void> {
    try {
      await gateway.start(workflowInput(row, policy), workflowLabels(row));
      started.push(row.id);
      await mark();
    } catch (error) {
      telemetry.dispatchFailed({ messageId: row.id, error });
      // While Temporal is away every further start would fail too; the sweep finds these messages again.
      if (error instanceof TemporalUnavailable) waiting.length = 0;
    }
  }

  /** Marks all that has been started since the last mark, in one statement. */
  async function mark(): Promise<void> {
    while (marking !== null) await marking;
    const ids = started.splice(0);
    if (ids.length === 0) return;
    marking = markDispatched(db, ids).finally(() => {
      marking = null;
    });
    await marking;
  }

  async function sweep(): Promise<number> {
    const rows = await listUndispatched(db, SWEEP_AGE_SECONDS, SWEEP_BATCH);
    telemetry.undispatched(rows.length);
    if (rows.length === 0) return 0;
    waiting.push(...rows);
    fill();
    await settle();
    return rows.length;
  }

  async function settle(): Promise<void> {
    while (starting.size > 0) await Promise.all(starting);
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
      if (isClosed || waiting.length + rows.length > MAX_WAITING) return;
      waiting.push(...rows);
      fill();
    },
    sweep,
    startSweeping() {
      void keepSweeping();
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      waiting.length = 0;
      await settle();
    },
  };
}
