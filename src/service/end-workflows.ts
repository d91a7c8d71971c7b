import PQueue from 'p-queue';
import type { Caller, ServiceContext } from './context.ts';
import { ServiceError } from './service-error.ts';
import { signal, signalling } from './signal-message.ts';

/** Workflows told at a time; each holds a database connection meanwhile. */
const MAX_SIGNALLING = 4;

/**
 * Tells the workflows of messages that have been erased. They would stop at their next step anyway; the signal only
 * spares them the wait, so where Temporal is away the rest is left to that.
 */
export async function endWorkflows(
  context: ServiceContext,
  { actor }: Caller,
  messageIds: readonly string[],
): Promise<void> {
  const queue = new PQueue({ concurrency: MAX_SIGNALLING });
  let isAway = false;
  const end = async (messageId: string) => {
    if (isAway) return;
    try {
      await signalling(context, (db) => signal({ ...context, db }, messageId, { name: 'cancel', argument: { actor } }));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      isAway = true;
      context.telemetry.dispatchFailed({ messageId, error });
    }
  };
  await queue.addAll(messageIds.map((id) => () => end(id)));
}
