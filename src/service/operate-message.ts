import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { insertEvent } from '../db/message-events.ts';
import { lockMessage, type MessageRow, requestCancel, withdrawCancel } from '../db/messages.ts';
import { findRecipient } from '../db/recipients.ts';
import type { Channel } from '../domain/channels.ts';
import type { MessageSignal } from '../temporal/gateway.ts';
import type { Caller, ServiceContext } from './context.ts';
import { noteContext } from './message-view.ts';
import { whyNotOn } from './reach.ts';
import { openRecipient } from './recipient-record.ts';
import { notFound, refuseFaults, ServiceError } from './service-error.ts';
import { signal } from './signal-message.ts';

/** What an operator can do with one message. */
export type MessageAction =
  | { readonly type: 'retry' }
  | { readonly type: 'cancel' }
  | { readonly type: 'resolve'; readonly note: string }
  | { readonly type: 'switch_channel'; readonly channel: Channel };

/**
 * Carries out an operator's action: checks that the state allows it, keeps it in the audit log, and signals the
 * message's workflow, which does the rest.
 * @throws {ServiceError} not_found; conflict with a reason; unavailable where Temporal cannot be reached
 */
export async function operateMessage(
  context: ServiceContext,
  caller: Caller,
  id: string,
  action: MessageAction,
): Promise<void> {
  await context.db.transaction().execute(async (db) => {
    const row = await lockMessage(db, id);
    if (row === undefined) throw notFound('message');
    refuseImpossible(row, action);
    if (action.type === 'switch_channel') await refuseUnreachable({ ...context, db }, row, action.channel);
    if (action.type === 'cancel' && row.status === 'pending') await requestCancel(db, id);
    if (action.type === 'retry' || action.type === 'switch_channel') await withdrawCancel(db, id);
    await insertAuditEntry(db, {
      ...{ actor: caller.actor, action: `message.${action.type}`, resourceType: 'message', resourceId: id },
      detail: action.type === 'switch_channel' ? { channel: action.channel } : {},
    });
    if (action.type === 'resolve') await keepNote(context, db, { row, caller, note: action.note });
    // Inside the transaction: an action that could not be passed on has not happened.
    await signal({ ...context, db }, id, signalFor(action, caller));
  });
}

/** What an operator writes may name a person, so it is sealed like content. */
async function keepNote(
  { sealer }: ServiceContext,
  db: Database,
  { row, caller, note }: { row: MessageRow; caller: Caller; note: string },
): Promise<void> {
  const event = { type: 'note', channel: row.channel, detail: null, actor: caller.actor };
  await insertEvent(db, row.id, event, (eventId) => sealer.seal(note, noteContext(eventId)));
}

function refuseImpossible(row: MessageRow, { type }: MessageAction): void {
  const isFailed = row.status === 'failed';
  const isWaiting = row.waiting_for !== null;
  switch (type) {
    case 'retry':
      if (isFailed || (row.status === 'pending' && isWaiting && row.cancel_requested_at === null)) return;
      throw conflict(row, 'retried');
    case 'cancel':
      if (row.status === 'pending' || isWaiting) return;
      throw conflict(row, 'cancelled');
    case 'resolve':
      if (row.waiting_for === 'operator') return;
      throw conflict(row, 'resolved');
    case 'switch_channel':
      if (isFailed || row.status === 'pending' || row.waiting_for === 'receipt') return;
      throw conflict(row, 'moved to another channel');
  }
}

function conflict(row: MessageRow, done: string): ServiceError {
  const wait = row.waiting_for === null ? '' : ` and waiting for ${row.waiting_for}`;
  return new ServiceError('conflict', 'not_possible_now', `A message that is ${row.status}${wait} cannot be ${done}.`);
}

async function refuseUnreachable({ db, sealer }: ServiceContext, row: MessageRow, channel: Channel): Promise<void> {
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
