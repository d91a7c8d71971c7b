import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { insertEvent } from '../db/message-events.ts';
import { lockMessage, type MessageRow, requestCancel, withdrawCancel } from '../db/messages.ts';
import { findRecipient } from '../db/recipients.ts';
import type { Channel } from '../domain/channels.ts';
import { isUnacknowledged } from '../domain/delivery.ts';
import type { MessageSignal } from '../temporal/gateway.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { noteContext } from './message-view.ts';
import { whyNotOn } from './reach.ts';
import { openRecipient } from './recipient-record.ts';
import { notFound, refuseFaults, ServiceError } from './service-error.ts';
import { type SignalContext, signal, signalling } from './signal-message.ts';

/** What an operator can do with one message. */
export type MessageAction =
  | { readonly type: 'retry' }
  | { readonly type: 'cancel' }
  | { readonly type: 'resolve'; readonly note: string }
  | { readonly type: 'switch_channel'; readonly channel: Channel };

/** What operating a message takes of the service. */
export type OperateContext = SignalContext & Pick<ServiceContext, 'sealer'>;

/**
 * Carries out an operator's action: checks that the state allows it, keeps it in the audit log, and signals the
 * message's workflow, which does the rest.
 * @param beforeSignal runs in the same transaction, before anything of the action
 * @throws {ServiceError} not_found; conflict with a reason; unavailable where Temporal cannot be reached
 */
export async function operateMessage(
  context: OperateContext,
  caller: Caller,
  id: string,
  action: MessageAction,
  beforeSignal?: BeforeCommit<void>,
): Promise<void> {
  await signalling(context, async (db) => {
    await beforeSignal?.(db);
    await operateWithin({ ...context, db }, caller, id, action);
  });
}

/**
 * As `operateMessage`, within a transaction of the caller's.
 * @param context its `db` is the transaction of `signalling`
 * @throws {ServiceError} as `operateMessage` does
 */
export async function operateWithin(
  context: OperateContext,
  caller: Caller,
  id: string,
  action: MessageAction,
): Promise<void> {
  const { db } = context;
  const row = await lockMessage(db, id);
  if (row === undefined) throw notFound('message');
  refuseImpossible(row, action);
  if (action.type === 'switch_channel') await refuseUnreachable(context, row, action.channel);
  if (action.type === 'cancel' && row.status !== 'failed') await requestCancel(db, id);
  if (action.type === 'retry' || action.type === 'switch_channel') await withdrawCancel(db, id);
  await auditAction(db, caller, id, action);
  if (action.type === 'resolve') await keepNote(context, row, caller, action.note);
  // Inside the transaction: an action that could not be passed on has not happened.
  await signal(context, id, signalFor(action, caller));
}

/** Keeps who did what to a message. */
export async function auditAction(db: Database, { actor }: Caller, id: string, action: MessageAction): Promise<void> {
  const detail = action.type === 'switch_channel' ? { channel: action.channel } : {};
  await insertAuditEntry(db, {
    ...{ actor, action: `message.${action.type}`, resourceType: 'message', resourceId: id, detail },
  });
}

/** What an operator writes may name a person, so it is sealed like content. */
async function keepNote({ db, sealer }: OperateContext, row: MessageRow, caller: Caller, note: string): Promise<void> {
  const event = { type: 'note', channel: row.channel, detail: null, actor: caller.actor };
  await insertEvent(db, row.id, event, (eventId) => sealer.seal(note, noteContext(eventId)));
}

/** Why a state does not allow an action. */
type Reason =
  | 'already_sent'
  | 'already_failed'
  | 'being_cancelled'
  | 'expired'
  | 'not_waiting_for_operator'
  | 'scheduled'
  | 'sending';

const DONE: Record<MessageAction['type'], string> = {
  retry: 'retried',
  cancel: 'cancelled',
  resolve: 'resolved',
  switch_channel: 'moved to another channel',
};

const ADVICE: Partial<Record<Reason, string>> = {
  expired: ' after its expires_at',
  scheduled: ' before its send_at; change that instead',
};

function refuseImpossible(row: MessageRow, { type }: MessageAction): void {
  const reason = reasonAgainst(row, type);
  if (reason === null) return;
  const wait = row.waiting_for === null ? '' : ` and waiting for ${row.waiting_for}`;
  const sentence = `A message that is ${row.status}${wait} cannot be ${DONE[type]}${ADVICE[reason] ?? ''}.`;
  throw new ServiceError('conflict', reason, sentence);
}

function reasonAgainst(row: MessageRow, type: MessageAction['type']): Reason | null {
  switch (type) {
    case 'retry':
      return reasonAgainstRetry(row);
    case 'cancel':
      if (row.status === 'pending' || isAtWork(row)) return null;
      return row.status === 'sent' ? 'already_sent' : 'already_failed';
    case 'resolve':
      return row.waiting_for === 'operator' ? null : 'not_waiting_for_operator';
    case 'switch_channel':
      if (isOver(row)) return 'already_sent';
      return hasPassed(row.expires_at) ? 'expired' : null;
  }
}

/** What failed, or was acknowledged by nobody, runs its plan again; what waits for its next attempt gets it now. */
function reasonAgainstRetry(row: MessageRow): Reason | null {
  const { status, waiting_for: waitingFor } = row;
  if (isOver(row) || (waitingFor === 'receipt' && !isUnanswered(row))) return 'already_sent';
  if (hasPassed(row.expires_at)) return 'expired';
  if (status === 'failed' || isUnanswered(row)) return null;
  if (row.cancel_requested_at !== null) return 'being_cancelled';
  if (waitingFor === null) return 'sending';
  // What waits for quiet hours to end has no such moment before it.
  return waitingFor === 'schedule' && row.send_at !== null && !hasPassed(row.send_at) ? 'scheduled' : null;
}

/** Whether a provider has taken the message and nothing more is to come. */
function isOver(row: MessageRow): boolean {
  return row.status === 'sent' && !isAtWork(row) && !isUnanswered(row);
}

/** Whether something is waited for, or an attempt is being made, as of the fallback of a message that is sent already. */
function isAtWork({ waiting_for: waitingFor, calling_attempt_id: callingAttemptId }: MessageRow): boolean {
  return waitingFor !== null || callingAttemptId !== null;
}

function isUnanswered({ status, error_code: code }: MessageRow): boolean {
  return isUnacknowledged({ status, failure: code === null ? null : { kind: 'unreachable', code } });
}

function hasPassed(moment: Date | null): boolean {
  return moment !== null && moment.getTime() <= Date.now();
}

async function refuseUnreachable({ db, sealer }: OperateContext, row: MessageRow, channel: Channel): Promise<void> {
  if (row.channel === channel && row.status === 'pending') {
    throw new ServiceError('conflict', 'same_channel', `The message is on ${channel} already.`);
  }
  const recipientRow = await findRecipient(db, row.recipient_id);
  if (recipientRow === undefined) throw notFound('recipient');
  const recipient = openRecipient(sealer, recipientRow);
  const reason = whyNotOn(channel, { details: recipient, optOuts: recipient.optOuts }, null);
  if (reason !== null) refuseFaults([{ pointer: '/channel', ...reason }]);
}

function signalFor(action: MessageAction, { actor }: Caller): MessageSignal {
  switch (action.type) {
    case 'switch_channel':
      return { name: 'switchChannel', argument: { channel: action.channel, actor } };
    default:
      return { name: action.type, argument: { actor } };
  }
}
