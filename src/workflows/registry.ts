/** Every workflow that workers run, as Temporal's bundler takes them: by the name of their export. */
export { deliverMessage } from './deliver-message.ts';
export { fetchBills, refreshApprovals } from './scheduled.ts';
