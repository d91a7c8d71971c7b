import type { ActivityDependencies } from './dependencies.ts';

/** Asks WhatsApp for the approval of the templates in use, and keeps what it says. */
export async function refreshApprovals(_dependencies: ActivityDependencies): Promise<number> {
  return 0;
}
