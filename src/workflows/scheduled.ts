import { proxyActivities } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/contract.ts';

const maintenance = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '5 seconds', maximumInterval: '1 minute', maximumAttempts: 5 },
});

/** Asks providers for the bills that are due. */
export async function fetchBills(): Promise<number> {
  return await maintenance.fetchBills();
}

/** Asks WhatsApp for the approval of the templates in use. */
export async function refreshApprovals(): Promise<number> {
  return await maintenance.refreshApprovals();
}
