/** Every workflow that workers run, as Temporal's bundler takes them: by the name of their export. */
export { bulkAction } from './bulk-action.ts';
export { cleanUp } from './clean-up.ts';
export { deliverMessage } from './deliver-message.ts';
export { reconcile } from './reconcile.ts';
export { fetchBills, refreshApprovals } from './scheduled.ts';
export { computeStatistics } from './statistics.ts';
