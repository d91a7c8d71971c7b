import { v7 as uuidv7 } from 'uuid';
import { insertAuditEntry } from '../db/audit-log.ts';
import {
  type BulkActionRow,
  countMatches,
  findBulkAction,
  insertBulkAction,
  listBulkActions,
  listRefusals,
  requestStop,
} from '../db/bulk-actions.ts';
import type { MessageFilter } from '../db/messages.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { BulkActionType } from '../domain/bulk-actions.ts';
import type { Channel } from '../domain/channels.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import type { MessageQuery } from './find-messages.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { findRecipientByReference } from './recipients.ts';
import { type Fault, notFound, refuseFaults, ServiceError } from './service-error.ts';

/** Most messages of one bulk action, so that the one statement that puts them on its list stays short. */
const MAX_MATCHED = 100_000;
/** Refusals that are shown one by one; the rest only as counts. */
const MAX_REFUSALS_SHOWN = 100;

/** An operator's action on every message that a filter finds. */
export interface BulkActionInput {
  readonly action: BulkActionType;
  /** Where `switch_channel` moves them. */
  readonly channel: Channel | null;
  /** What `resolve` writes on each of them; it may name people, so it is sealed. */
  readonly note: string | null;
  readonly filter: MessageQuery;
}

export interface BulkActionView extends Omit<BulkActionRow, 'filter_sealed' | 'note_sealed'> {
  /** As it was given, the recipient by their id. */
  readonly filter: MessageQuery;
}

export interface BulkActionDetail extends BulkActionView {
  /** The first messages that it was refused by. */
  readonly refusals: readonly { readonly messageId: string; readonly code: string }[];
}

/**
 * How many messages a bulk action would be about; nothing is changed.
 * @throws {ServiceError} invalid
 */
export async function countBulkAction(context: ServiceContext, input: BulkActionInput): Promise<number> {
  refuseFaults(inputFaults(input));
  const filter = await resolveFilter(context, input.filter);
  if (filter === null) return 0;
  const count = await countMatches(context.db, filter, MAX_MATCHED + 1);
  refuseTooMany(count);
  return count;
}

/**
 * Keeps a bulk action together with the list of the messages that its filter finds at this moment; a workflow goes
 * through them, now or as soon as Temporal can be reached.
 * @throws {ServiceError} invalid
 */
export async function startBulkAction(
  context: ServiceContext,
  caller: Caller,
  input: BulkActionInput,
  beforeCommit?: BeforeCommit<BulkActionView>,
): Promise<BulkActionView> {
  refuseFaults(inputFaults(input));
  const filter = await resolveFilter(context, input.filter);
  const view = await context.db.transaction().execute(async (db) => {
    const stored = await store({ ...context, db }, caller, input, filter);
    await beforeCommit?.(db, stored);
    return stored;
  });
  context.dispatcher.dispatchBulkAction(view);
  return view;
}

/** @throws {ServiceError} not_found */
export async function getBulkAction({ db, sealer }: ServiceContext, id: string): Promise<BulkActionDetail> {
  const row = await findBulkAction(db, id);
  if (row === undefined) throw notFound('bulk action');
  return { ...view(sealer, row), refusals: await listRefusals(db, id, MAX_REFUSALS_SHOWN) };
}

/** @throws {ServiceError} invalid, where the cursor is not one of this list */
export async function findBulkActions(
  { db, sealer }: ServiceContext,
  request: PageRequest,
): Promise<PageResult<BulkActionView>> {
  const { items, ...links } = await readPage(request, (page) => listBulkActions(db, page));
  return { items: items.map((row) => view(sealer, row)), ...links };
}

/**
 * Asks a bulk action to end before its next messages; what it has done stays done. Harmless twice.
 * @throws {ServiceError} not_found; conflict where it has ended
 */
export async function stopBulkAction(
  context: ServiceContext,
  caller: Caller,
  id: string,
  beforeCommit?: BeforeCommit<BulkActionView>,
): Promise<BulkActionView> {
  const stopping = await context.db.transaction().execute(async (db) => {
    const isNew = await requestStop(db, id);
    const row = await findBulkAction(db, id);
    if (row === undefined) throw notFound('bulk action');
    if (row.finished_at !== null) {
      throw new ServiceError('conflict', 'already_finished', `The bulk action is ${row.status} already.`);
    }
    if (isNew) await insertAuditEntry(db, stopEntry(caller.actor, id));
    const stopped = view(context.sealer, row);
    await beforeCommit?.(db, stopped);
    return stopped;
  });
  // The workflow reads that from the database. Where somebody has ended it by hand, a new one puts things in order.
  context.dispatcher.dispatchBulkAction(stopping);
  return stopping;
}

/** The audit entry of a stop. */
export function stopEntry(actor: string, id: string) {
  return { actor, action: 'bulk_action.stopped', resourceType: 'bulk_action', resourceId: id };
}

async function store(
  { db, sealer }: ServiceContext,
  { actor }: Caller,
  { action, channel, note, filter: query }: BulkActionInput,
  filter: MessageFilter | null,
): Promise<BulkActionView> {
  const id = uuidv7();
  const row = {
    ...{ id, actor, action, channel },
    filter_sealed: sealer.seal(shownFilter(query, filter), sealedPlaces.bulkActionFilter(id)),
    note_sealed: note === null ? null : sealer.seal(note, sealedPlaces.bulkActionNote(id)),
  };
  const matched = await insertBulkAction(db, row, filter, MAX_MATCHED + 1);
  refuseTooMany(matched);
  await insertAuditEntry(db, {
    ...{ actor, action: 'bulk_action.started', resourceType: 'bulk_action', resourceId: id },
    detail: { action, matched, ...(channel !== null && { channel }) },
  });
  const stored = await findBulkAction(db, id);
  if (stored === undefined) throw notFound('bulk action');
  return view(sealer, stored);
}

function view(sealer: ServiceContext['sealer'], { filter_sealed, note_sealed, ...row }: BulkActionRow): BulkActionView {
  return { ...row, filter: sealer.open<MessageQuery>(filter_sealed, sealedPlaces.bulkActionFilter(row.id)) };
}

/** Null where it names a recipient that there is not, so that no message can match. */
async function resolveFilter(
  context: ServiceContext,
  { recipient, ...filter }: MessageQuery,
): Promise<MessageFilter | null> {
  if (recipient === undefined) return filter;
  const person = await findRecipientByReference(context, recipient);
  return person === null ? null : { ...filter, recipientId: person.id };
}

/** An external id may tell who somebody is, and must not outlive their erasure here. */
function shownFilter({ recipient, ...query }: MessageQuery, filter: MessageFilter | null): MessageQuery {
  if (recipient === undefined) return query;
  return { ...query, recipient: filter?.recipientId ?? 'unknown' };
}

function inputFaults({ action, channel, note }: BulkActionInput): Fault[] {
  return [
    ...fieldFaults('/channel', channel !== null, action === 'switch_channel'),
    ...fieldFaults('/note', note !== null, action === 'resolve'),
  ];
}

function fieldFaults(pointer: string, isGiven: boolean, isNeeded: boolean): Fault[] {
  if (isGiven === isNeeded) return [];
  return isNeeded
    ? [{ pointer, code: 'required', message: 'This action needs this field.' }]
    : [{ pointer, code: 'not_for_action', message: 'This action has no such field.' }];
}

function refuseTooMany(matched: number): void {
  if (matched <= MAX_MATCHED) return;
  const message = `The filter finds more than ${MAX_MATCHED} messages; narrow it, for example by created_before.`;
  refuseFaults([{ pointer: '/filter', code: 'too_many_messages', message }]);
}
