import { markSignalled, type UnsignalledReceipt } from '../db/receipts.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ServiceError } from './service-error.ts';
import { type SignalContext, signal } from './signal-message.ts';

/** Tells the workflow of one receipt; where that fails, the receipt stays marked and is found by the next sweep. */
export async function tellWorkflow(
  context: SignalContext & { readonly telemetry: Telemetry },
  { id, message_id: messageId, status, channel }: UnsignalledReceipt,
): Promise<void> {
  try {
    await context.db.transaction().execute(async (db) => {
      await signal({ ...context, db }, messageId, { name: 'receipt', argument: { status, channel } });
      await markSignalled(db, id);
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    context.telemetry.dispatchFailed({ messageId, error });
  }
}
