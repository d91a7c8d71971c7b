import type { MaintenanceActivities } from '../../src/activities/contract.ts';
import type { Removable } from '../../src/domain/retention.ts';

/** Activities of scheduled workflows for which one call is not enough. */
export function maintenanceInTwoCalls(): Pick<MaintenanceActivities, 'cleanUp' | 'reconcile' | 'computeStatistics'> {
  const begun = new Set<Removable>();
  return {
    async cleanUp({ what }) {
      const isDone = begun.delete(what);
      if (!isDone) begun.add(what);
      return { removed: isDone ? 0 : 200, isDone };
    },
    async reconcile({ source }) {
      return { healed: 1, next: source === 'rows' ? { source: 'workflows', after: null } : null };
    },
    async computeStatistics({ begunAt }) {
      return { begunAt: new Date(0).toISOString(), hours: 3, isDone: begunAt !== null };
    },
  };
}
