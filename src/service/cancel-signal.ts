import PQueue from 'p-queue';
import { listUnsignalledCancels, lockUnsignalledCancel, markCancelSignalled } from '../db/cancel-signals.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ServiceError } from './service-error.ts';
import { type SignalContext, signal, signalling } from './signal-message.ts';

/** Tells workflows of cancellations that are on record: at once, and again later where that failed. */
export interface CancelTeller {
  /** Returns before they are told and never fails. */
  tell(messageIds: readonly string[]): void;
  /** Tells of what was cancelled some seconds ago and is not told yet. */
  sweep(olderThanSeconds: number, limit: number): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Workflows told at a time: less than may call Temporal in turn, so that an operator's own action finds its turn. */
const MAX_TELLING = 2;

export function createCancelTeller(context: SignalContext & { readonly telemetry: Telemetry }): CancelTeller {
  const queue = new PQueue({ concurrency: MAX_TELLING });

  async function tellOne(messageId: string): Promise<void> {
    try {
      await tellCancelled(context, messageId);
    } catch (error) {
      context.telemetry.dispatchFailed({ messageId, error });
      // While Temporal is away all others would fail too; the sweep finds them again.
      if (error instanceof ServiceError) queue.clear();
    }
  }

  function tell(messageIds: readonly string[]): void {
    for (const id of messageIds) void queue.add(() => tellOne(id));
  }

  return {
    tell,
    async sweep(olderThanSeconds, limit) {
      tell(await listUnsignalledCancels(context.db, olderThanSeconds, limit));
      await queue.onIdle();
    },
    async close() {
      queue.clear();
      await queue.onIdle();
    },
  };
}

/**
 * Tells a message's workflow and takes the mark off. Does nothing where that has been done; tells nobody where the
 * message has ended since, or an operator has called the cancellation off.
 */
async function tellCancelled(context: SignalContext, id: string): Promise<void> {
  await signalling(context, async (db) => {
    const row = await lockUnsignalledCancel(db, id);
    if (row === undefined) return;
    const isOpen = row.status === 'pending' || row.waiting_for !== null;
    const argument = row.actor === null ? {} : { actor: row.actor };
    if (isOpen && !row.is_withdrawn) await signal({ ...context, db }, id, { name: 'cancel', argument });
    await markCancelSignalled(db, id);
  });
}
