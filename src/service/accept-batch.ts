import { setImmediate, setTimeout } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { insertAttachments } from '../db/attachments.ts';
import { type BatchRow, insertBatch, tryLockBatches } from '../db/batches.ts';
import type { Database } from '../db/database.ts';
import { insertMessages } from '../db/messages.ts';
import { rememberHashes } from '../db/sealer.ts';
import { MESSAGE_WORK, startBudget, type WorkBudget } from '../templates/work-budget.ts';
import { type AcceptedMessage, type Draft, type DraftedRows, draftMessage, fromDraft } from './accept-message.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { readManyPeople, storeAddressees } from './many-addressees.ts';
import type { MessageRequest } from './message-input.ts';
import { unknownRecipient } from './message-recipient.ts';
import { type Fault, faultsError, faultsOf, ServiceError } from './service-error.ts';
import { readTemplatesOnce } from './template-reader.ts';

/**
 * One message of a batch: as it is asked for, or why it cannot be read; or as far as it can be read, for which all that is
 * wrong is told.
 */
export type BatchInput = MessageRequest | ServiceError | UnsoundMessage;

export interface UnsoundMessage {
  readonly sound: MessageRequest;
  /** @param found what is wrong with that */
  refusal(found: readonly Fault[]): ServiceError;
}

/** What became of one message of a batch. */
export type BatchItem = { readonly accepted: AcceptedMessage } | { readonly error: ServiceError };

export interface AcceptedBatch {
  readonly batch: BatchRow;
  /** One for each message, in order. */
  readonly items: readonly BatchItem[];
}

/**
 * Takes responsibility for many messages at once, in one transaction; what is wrong with one stops no other. Each is
 * judged by what was known before: a person who is new is known to the messages after the batch.
 * @throws {ServiceError} unavailable, where other batches keep this one waiting for too long
 */
export async function acceptBatch(
  context: ServiceContext,
  caller: Caller,
  inputs: readonly BatchInput[],
  beforeCommit?: BeforeCommit<AcceptedBatch>,
): Promise<AcceptedBatch> {
  const remembering = { ...context, sealer: rememberHashes(context.sealer) };
  const drafts = await draftAll(remembering, caller, inputs);
  const { batch, rows } = await inTurn(context.db, async (db) => {
    const stored = await storeBatch(remembering, db, caller, drafts);
    await beforeCommit?.(db, stored.batch);
    return stored;
  });
  for (const { accepted } of rows) {
    context.telemetry.messageAccepted({ messageId: accepted.view.id, channel: accepted.view.channel });
  }
  context.dispatcher.dispatch(rows.map(({ row }) => row));
  return batch;
}

/** Work for rendering all messages of a batch, in milliseconds; a thousand ordinary ones take less than a tenth. */
const BATCH_WORK = 10_000;

async function draftAll(
  context: ServiceContext,
  caller: Caller,
  inputs: readonly BatchInput[],
): Promise<(Draft | ServiceError)[]> {
  const recipients = inputs.filter(isGood).map((input) => requestOf(input).recipient);
  const people = await readManyPeople(context, recipients);
  const sources = { people, templates: readTemplatesOnce(context.db) };
  const drafts: (Draft | ServiceError)[] = [];
  const all = startBudget(BATCH_WORK);
  for (const input of inputs) {
    // Rendering a thousand messages takes its time, in which others are served as well.
    await setImmediate();
    if (input instanceof ServiceError) {
      drafts.push(input);
      continue;
    }
    const budget = startBudget(Math.min(MESSAGE_WORK, all.left()));
    const given = budget.left();
    drafts.push(await draftOne(input, budget));
    all.take(given - budget.left());
  }
  return drafts;

  async function draftOne(input: MessageRequest | UnsoundMessage, budget: WorkBudget): Promise<Draft | ServiceError> {
    const drafting = () => draftMessage(context, caller, requestOf(input), { ...sources, budget });
    return 'sound' in input ? input.refusal(await faultsOf(drafting)) : await drafting().catch(asRefusal);
  }
}

function requestOf(input: MessageRequest | UnsoundMessage): MessageRequest {
  return 'sound' in input ? input.sound : input;
}

function isGood<Value>(value: Value | ServiceError): value is Value {
  return !(value instanceof ServiceError);
}

function asRefusal(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  throw error;
}

async function storeBatch(
  context: ServiceContext,
  db: Database,
  caller: Caller,
  drafts: readonly (Draft | ServiceError)[],
): Promise<{ batch: AcceptedBatch; rows: DraftedRows[] }> {
  const good = drafts.filter(isGood);
  const ids = await storeAddressees(context, db, caller, good);
  const recipients = new Map(good.map((draft, index) => [draft, ids[index]]));
  const batchId = uuidv7();
  const rows: DraftedRows[] = [];
  const items = drafts.map((draft): BatchItem => {
    if (draft instanceof ServiceError) return { error: draft };
    const recipientId = recipients.get(draft) ?? faultsError([unknownRecipient()]);
    if (recipientId instanceof ServiceError) return { error: recipientId };
    const drafted = fromDraft(context, caller, draft, { recipientId, batchId });
    rows.push(drafted);
    return { accepted: drafted.accepted };
  });
  const batch = { id: batchId, api_key_id: caller.apiKeyId, size: items.length, accepted: rows.length };
  await insertBatch(db, batch);
  await insertMessages(
    db,
    rows.map(({ newRow }) => newRow),
    caller.actor,
  );
  await insertAttachments(db, {
    rows: rows.flatMap(({ attachments }) => attachments.rows),
    chunks: rows.flatMap(({ attachments }) => attachments.chunks),
  });
  return { batch: { batch: { ...batch, cancel_requested_at: null, created_at: new Date() }, items }, rows };
}

/** How long a batch waits for others to be stored, and how often it asks, in milliseconds. */
const TURN_LIMIT_MS = 20_000;
const TURN_PAUSE_MS = 50;

/** Stores one batch at a time, over all processes. A batch that waits holds no connection, so that others can go on. */
async function inTurn<Result extends object>(db: Database, store: (db: Database) => Promise<Result>): Promise<Result> {
  const limit = performance.now() + TURN_LIMIT_MS;
  for (;;) {
    const result = await db
      .transaction()
      .execute(async (trx) => ((await tryLockBatches(trx)) ? await store(trx) : null));
    if (result !== null) return result;
    if (performance.now() > limit) {
      throw new ServiceError(
        'unavailable',
        'batches_waiting',
        'Other batches are being stored; try again in a moment.',
      );
    }
    await setTimeout(TURN_PAUSE_MS * (0.5 + Math.random()));
  }
}
