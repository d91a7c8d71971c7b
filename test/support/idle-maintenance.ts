import type { MaintenanceActivities } from '../../src/activities/contract.ts';

const NOT_BEGUN = { status: 'completed', matched: 0, done: 0, refused: {} } as const;

/** The activities of what is done on a schedule or in bulk, none of which finds anything to do. */
export const idleMaintenance: MaintenanceActivities = {
  fetchBills: async () => 0,
  refreshApprovals: async () => 0,
  computeStatistics: async () => ({ begunAt: new Date(0).toISOString(), hours: 0, isDone: true }),
  cleanUp: async () => ({ removed: 0, isDone: true }),
  reconcile: async () => ({ healed: 0, next: null }),
  runBulkAction: async () => NOT_BEGUN,
  stopBulkAction: async () => NOT_BEGUN,
};
