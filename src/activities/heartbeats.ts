import { heartbeat } from '@temporalio/activity';

/** How often a running activity tells Temporal that its worker is alive, in milliseconds. */
const HEARTBEAT_MS = 4_000;

/**
 * Runs a call while telling Temporal that this worker is alive, so that a dead one is noticed within seconds.
 * @param details what each heartbeat tells
 */
export async function whileBeating<Result>(run: () => Promise<Result>, details?: () => unknown): Promise<Result> {
  const timer = setInterval(() => heartbeat(details?.()), HEARTBEAT_MS);
  try {
    return await run();
  } finally {
    clearInterval(timer);
  }
}
