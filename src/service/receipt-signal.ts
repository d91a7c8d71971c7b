import { markSignalled, type UnsignalledReceipt } from '../db/receipts.ts';
import type { Failure } from '../domain/failures.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ServiceError } from './service-error.ts';
import { type SignalContext, signal, signalling } from './signal-message.ts';

/** Tells the workflow of one receipt; where that fails, the receipt stays marked and is found by the next sweep. */
export async function tellWorkflow(
  context: SignalContext & { readonly telemetry: Telemetry },
  receipt: UnsignalledReceipt,
): Promise<void> {
  const { id, message_id: messageId, status, channel } = receipt;
  const failure = failureOf(receipt);
  try {
    await signalling(context, async (db) => {
      await signal({ ...context, db }, messageId, {
        name: 'receipt',
        argument: { status, channel, ...(failure !== null && { failure }) },
      });
      await markSignalled(db, id);
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    context.telemetry.dispatchFailed({ messageId, error });
  }
}

function failureOf({ error_code: code, error_kind: kind, ...row }: UnsignalledReceipt): Failure | null {
  if (code === null || kind === null) return null;
  return {
    ...{ kind, code },
    ...(row.retry_after_seconds !== null && { retryAfterSeconds: row.retry_after_seconds }),
    ...(row.repeats !== null && { repeats: row.repeats }),
  };
}
