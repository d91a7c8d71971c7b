import { markAcknowledgementSignalled, type UnsignalledAcknowledgement } from '../db/acknowledgements.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ServiceError } from './service-error.ts';
import { type SignalContext, signal, signalling } from './signal-message.ts';

/** Tells the workflow that its message is confirmed; where that fails, the message stays marked for the next sweep. */
export async function tellAcknowledged(
  context: SignalContext & { readonly telemetry: Telemetry },
  { message_id: messageId, channel }: UnsignalledAcknowledgement,
): Promise<void> {
  try {
    await signalling(context, async (db) => {
      const argument = { channel, actor: 'recipient' };
      await signal({ ...context, db }, messageId, { name: 'acknowledge', argument });
      await markAcknowledgementSignalled(db, messageId);
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    context.telemetry.dispatchFailed({ messageId, error });
  }
}
