import { refreshApprovals } from './approvals.ts';
import { fetchBills } from './bills.ts';
import { runBulkAction, stopBulkAction } from './bulk-action.ts';
import { cleanUp } from './clean-up.ts';
import type { ChannelActivities, LocalActivities, MaintenanceActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';
import { recordStepOf } from './record.ts';
import { render } from './render.ts';
import { send } from './send.ts';
import { computeStatistics } from './statistics.ts';

/** The activities with everything they need; nothing of them is known to the workflow but their names and types. */
export function createActivities(
  dependencies: ActivityDependencies,
): LocalActivities & ChannelActivities & MaintenanceActivities {
  const { telemetry } = dependencies;
  return {
    render: guarded('render', telemetry, (input) => render(dependencies, input)),
    record: guarded('record', telemetry, (input) => recordStepOf(dependencies, input)),
    send: guarded('send', telemetry, (input) => send(dependencies, input)),
    fetchBills: guarded('fetch_bills', telemetry, () => fetchBills(dependencies)),
    refreshApprovals: guarded('refresh_approvals', telemetry, () => refreshApprovals(dependencies)),
    computeStatistics: guarded('compute_statistics', telemetry, (input) => computeStatistics(dependencies, input)),
    cleanUp: guarded('clean_up', telemetry, (input) => cleanUp(dependencies, input)),
    runBulkAction: guarded('run_bulk_action', telemetry, (input) => runBulkAction(dependencies, input)),
    stopBulkAction: guarded('stop_bulk_action', telemetry, (input) => stopBulkAction(dependencies, input)),
    reconcile: guarded('reconcile', telemetry, (cursor) => dependencies.reconciler(cursor)),
  };
}
