import {
  type Accepted,
  type Attachment,
  type ChannelAdapter,
  type DeliveryFailure,
  type OutgoingMessage,
  UnreadableContent,
  unreadableContent,
} from '../channels/channel.ts';
import { keepAddressFailure, tellsOfAddress } from '../db/address-failures.ts';
import { addressHash } from '../db/address-hash.ts';
import {
  type AttemptError,
  type AttemptRow,
  claimAttempt,
  findAttempt,
  isTakenByOther,
  recordAccepted,
  recordFailed,
} from '../db/attempts.ts';
import { giveBackCost } from '../db/daily-costs.ts';
import type { Database } from '../db/database.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { FailureKind } from '../domain/failures.ts';
import { DEFAULT_SENDER } from '../domain/sending-rules.ts';
import { sentenceFor } from '../domain/sentences.ts';
import { DEFAULT_CATEGORY } from '../domain/template-content.ts';
import type { SendInput, SendResult } from './contract.ts';
import { asDeliveryFailure } from './delivery-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { whileBeating } from './heartbeats.ts';
import { keepLateAnswer } from './late-answer.ts';
import { openAttachments } from './open-attachments.ts';
import type { Outgoing } from './outgoing.ts';

/**
 * Hands one attempt to its provider, at most once as far as the provider allows. That the call begins is kept before
 * it, its outcome after it; a run that finds its predecessor's beginning without an outcome asks what became of it.
 */
export async function send(dependencies: ActivityDependencies, { attemptId }: SendInput): Promise<SendResult> {
  const { db } = dependencies;
  const claimed = await claimAttempt(db, attemptId);
  if (claimed !== undefined) return await call(dependencies, claimed, null);
  const row = await findAttempt(db, attemptId);
  if (row === undefined) return { outcome: 'stopped' };
  if (row.outcome !== null) return knownResult(row);
  // What will not be called any more costs nothing.
  if (row.called_at === null) await giveBackCost(db, row.id);
  if (row.outgoing_sealed === null) return { outcome: 'stopped' };
  if (row.called_at === null) return await whyNotCalled(db, row);
  return await call(dependencies, row, row.called_at);
}

/** Why the provider is not called any more. */
async function whyNotCalled(db: Database, row: AttemptRow): Promise<SendResult> {
  const { overtaken_by: overtakenBy } = row;
  if (row.acknowledged_at !== null) return { outcome: 'acknowledged', channel: row.acknowledged_channel };
  if (row.is_stopped) return { outcome: 'stopped' };
  if (overtakenBy !== null) return { outcome: 'overtaken', ...overtakenBy };
  // What stood against the call when it was to be made may have been lifted since.
  if (!row.is_expired) return { outcome: 'stopped' };
  await recordFailed(db, row.id, failure('rejected', 'expired'));
  return { outcome: 'expired' };
}

async function call(
  dependencies: ActivityDependencies,
  row: AttemptRow,
  interruptedSince: Date | null,
): Promise<SendResult> {
  const { db, channels, telemetry } = dependencies;
  const started = performance.now();
  const adapter = channels[row.channel];
  const result =
    adapter === undefined
      ? failure('misconfigured', 'channel_not_configured')
      : await whileBeating(async () => {
          const message = await outgoingMessage(dependencies, row);
          if (message === null) return unreadable(interruptedSince);
          if (interruptedSince !== null) return await findOut({ db, adapter, message, row, since: interruptedSince });
          return await deliver(dependencies, adapter, message, row);
        });
  const seconds = (performance.now() - started) / 1000;
  const about = { messageId: row.message_id, attemptId: row.id, channel: row.channel, seconds };
  if ('providerMessageId' in result) {
    const outcome = await recordAccepted(db, row.id, result);
    if (outcome === 'uncertain') await keepLateAnswer(dependencies, row, result);
    telemetry.attemptFinished({ ...about, outcome: 'accepted', code: null });
    return { outcome: 'accepted' };
  }
  // Another run of this attempt, which was given up and lived on, may have found out better.
  if (!(await recordFailed(db, row.id, result))) return { outcome: 'accepted' };
  telemetry.attemptFinished({ ...about, outcome: result.kind, code: result.code });
  return { outcome: 'failed', failure: failureOf(result) };
}

/** The call itself. Where earlier attempts ended in doubt, the provider is asked about those first. */
async function deliver(
  dependencies: ActivityDependencies,
  adapter: ChannelAdapter,
  message: OutgoingMessage,
  row: AttemptRow,
): Promise<Accepted | AttemptError> {
  const { db } = dependencies;
  try {
    const earlier = row.unknown_since === null ? null : await lookUp(db, adapter, message, row.unknown_since);
    if (earlier !== null) return earlier;
  } catch (error) {
    return attemptError(asDeliveryFailure(error));
  }
  const calledAt = new Date();
  try {
    return await adapter.send(message);
  } catch (error) {
    const failed = asDeliveryFailure(error);
    await drawConsequences(dependencies, message, row, failed);
    const refused = attemptError(failed);
    return refused.kind === 'uncertain'
      ? await findOut({ db, adapter, message, row, since: calledAt }, refused)
      : refused;
  }
}

/** Keeps what a refusal tells beside the outcome of the attempt. */
async function drawConsequences(
  { db, sealer, rules, telemetry }: ActivityDependencies,
  { to, attemptId }: OutgoingMessage,
  { channel }: AttemptRow,
  { kind, code, suppressAfter, isKnown }: DeliveryFailure,
): Promise<void> {
  if (!isKnown) telemetry.unknownCode({ channel, code });
  const failure = { code, suppressAfter: kind === 'opted_out' ? 1 : suppressAfter };
  if (!tellsOfAddress(failure)) return;
  const about = { attemptId, channel, addressHash: addressHash(sealer, channel, to), actor: 'worker' };
  const { sender: whatsappSender } = rules.whatsapp;
  await db.transaction().execute((trx) => keepAddressFailure(trx, { ...failure, ...about, whatsappSender }));
}

interface Inquiry {
  readonly db: Database;
  readonly adapter: ChannelAdapter;
  readonly message: OutgoingMessage;
  readonly row: AttemptRow;
  readonly since: Date;
}

/** Whether the provider took a message whose call ended without an answer; `uncertain` where it cannot tell. */
async function findOut(
  { db, adapter, message, row, since }: Inquiry,
  otherwise: AttemptError = failure('uncertain', 'interrupted'),
): Promise<Accepted | AttemptError> {
  if (row.provider_message_id !== null) return { providerMessageId: row.provider_message_id, segments: null };
  try {
    return (await lookUp(db, adapter, message, since)) ?? otherwise;
  } catch (error) {
    asDeliveryFailure(error);
    return otherwise;
  }
}

/**
 * What the provider says of a message that it may have taken; what is known to belong to another attempt is left out.
 * Of equal texts to one number, each attempt gets the oldest that is left. Where the call for an equal text is under way
 * at that very moment, the two may be mistaken for each other; then one of them may go twice, or not at all.
 */
async function lookUp(
  db: Database,
  adapter: ChannelAdapter,
  message: OutgoingMessage,
  since: Date,
): Promise<Accepted | null> {
  for (const found of await adapter.findAccepted(message, since)) {
    if (!(await isTakenByOther(db, message.attemptId, found.providerMessageId))) return found;
  }
  return null;
}

/** Null where a file of the message does not open. */
async function outgoingMessage({ db, sealer }: ActivityDependencies, row: AttemptRow): Promise<OutgoingMessage | null> {
  const outgoing = sealer.open<Outgoing>(row.outgoing_sealed as Buffer, sealedPlaces.attemptOutgoing(row.id));
  const attachments = outgoing.attachmentCount === 0 ? [] : await filesOf({ db, sealer }, row.message_id);
  if (attachments === null) return null;
  const earlier: Partial<Outgoing> = { ...BEFORE_THERE_WERE_SENDERS, firstAttemptId: row.id };
  const { attachmentCount, expiresAt, ...rest } = { ...earlier, ...outgoing };
  return {
    ...rest,
    messageId: row.message_id,
    attemptId: row.id,
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    attachments,
  };
}

async function filesOf(opener: Parameters<typeof openAttachments>[0], messageId: string): Promise<Attachment[] | null> {
  try {
    return await openAttachments(opener, messageId);
  } catch (error) {
    if (error instanceof UnreadableContent) return null;
    throw error;
  }
}

/** An earlier call may have got further. */
function unreadable(interruptedSince: Date | null): AttemptError {
  return interruptedSince === null ? attemptError(unreadableContent()) : failure('uncertain', 'interrupted');
}

/** What attempts lack that were made by an earlier version. */
const BEFORE_THERE_WERE_SENDERS = {
  ...{ sender: DEFAULT_SENDER, expiresAt: null, templateName: null, category: DEFAULT_CATEGORY, headers: {} },
  ...{ unsubscribeUrl: null, returnPathTag: null },
} satisfies Partial<Outgoing>;

function knownResult(row: AttemptRow): SendResult {
  if (row.outcome === 'accepted' || row.error_kind === null) return { outcome: 'accepted' };
  const { error_kind: kind, error_code: code, retry_after_seconds: retryAfterSeconds } = row;
  return { outcome: 'failed', failure: failureOf({ kind, code: code ?? kind, message: '', retryAfterSeconds }) };
}

/** What is kept of why an attempt failed. */
function attemptError({ kind, code, message, retryAfterSeconds, repeats }: DeliveryFailure): AttemptError {
  return { kind, code, message, retryAfterSeconds, ...(repeats !== null && { repeats }) };
}

function failure(kind: FailureKind, code: string): AttemptError {
  return { kind, code, message: sentenceFor(code), retryAfterSeconds: null };
}

function failureOf({ kind, code, retryAfterSeconds, repeats }: AttemptError) {
  return {
    ...{ kind, code },
    ...(retryAfterSeconds !== null && { retryAfterSeconds }),
    ...(repeats !== undefined && { repeats }),
  };
}
