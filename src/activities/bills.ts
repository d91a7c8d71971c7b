import type { ActivityDependencies } from './dependencies.ts';

/** Asks providers for the bills that are due, and keeps what they say. */
export async function fetchBills(_dependencies: ActivityDependencies): Promise<number> {
  return 0;
}
