import { type BulkActionRow, listUndispatchedBulkActions, markBulkActionDispatched } from '../db/bulk-actions.ts';
import type { Database } from '../db/database.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type Gateway, TemporalUnavailable } from '../temporal/gateway.ts';

/** What a bulk action's workflow is started with. */
export type StartableBulkAction = Pick<BulkActionRow, 'id' | 'action' | 'matched'>;

/** Age at which one counts as forgotten, in seconds. */
const SWEEP_AGE_SECONDS = 5;
const SWEEP_BATCH = 100;

interface StarterOptions {
  readonly db: Database;
  readonly gateway: Gateway;
  readonly telemetry: Telemetry;
}

/** Starts a bulk action's workflow unless it is running; where Temporal is away, the sweep tries again. */
export async function startBulkActionWorkflow(
  { db, gateway, telemetry }: StarterOptions,
  { id, action, matched }: StartableBulkAction,
): Promise<void> {
  try {
    await gateway.startBulkAction(id, `${action} of ${matched} messages`);
    await markBulkActionDispatched(db, id);
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    telemetry.stepFailed({ step: 'start_bulk_action', messageId: null, error });
  }
}

/** Starts those that were accepted, or stopped, while Temporal was away. */
export async function sweepBulkActions(options: StarterOptions): Promise<void> {
  for (const row of await listUndispatchedBulkActions(options.db, SWEEP_AGE_SECONDS, SWEEP_BATCH)) {
    await startBulkActionWorkflow(options, row);
  }
}
