import { recordStep } from '../db/deliveries.ts';
import { sentenceFor } from '../domain/sentences.ts';
import type { RecordInput } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** The only writer of a message's status once it has been accepted. */
export async function recordStepOf({ db }: ActivityDependencies, input: RecordInput): Promise<void> {
  const errorCode = input.failure?.code ?? null;
  await recordStep(db, {
    messageId: input.messageId,
    token: input.token,
    status: input.status,
    channel: input.channel,
    waitingFor: input.waitingFor,
    hasEnded: input.hasEnded ?? false,
    errorCode,
    errorSentence: errorCode === null ? null : sentenceFor(errorCode),
    event: input.event,
  });
}
