import { type SqlBool, sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { FailureKind } from '../domain/failures.ts';
import type { AttemptOutcome, DeliveryStatus, EscalationGoal, MessageStatus, WaitingFor } from '../domain/statuses.ts';
import type { Database } from './database.ts';

export interface NewReceipt {
  id: string;
  provider: string;
  dedupe_key: string;
  attempt_id: string | null;
  provider_message_id: string | null;
  status: DeliveryStatus | null;
  raw_sealed: Buffer;
  error_code: string | null;
  error_kind: FailureKind | null;
  retry_after_seconds: number | null;
  repeats: number | null;
  /** Set where the message's workflow has to be told. */
  unsignalled_since: Date | null;
}

/** @returns false where this receipt has come before */
export async function insertReceipt(db: Database, receipt: NewReceipt): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('receipts')
    .values(receipt)
    .onConflict((conflict) => conflict.columns(['provider', 'dedupe_key']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The attempt that a receipt tells of, with what its message is waiting for. */
export interface ReceiptTarget {
  attempt_id: string;
  message_id: string;
  channel: Channel;
  attempt_delivery_status: DeliveryStatus | null;
  attempt_outcome: AttemptOutcome | null;
  provider_message_id: string | null;
  status: MessageStatus;
  waiting_for: WaitingFor | null;
  /** The attempt that is being made right now. */
  calling_attempt_id: string | null;
  until: EscalationGoal | null;
  is_erased: boolean;
  /** A later attempt on the same channel may still arrive, or has. */
  is_superseded: boolean;
  /** What is known of the other attempts of the message. */
  other_statuses: DeliveryStatus[];
  outgoing_sealed: Buffer | null;
}

/**
 * By the attempt's id, which the receipt's own address carries, else by the provider's id (emails have none). Where the
 * next attempt has found what an attempt in doubt became, a receipt for that one tells of the next. Locks the message
 * before it reads the attempt, as every other writer does, so that two receipts follow each other.
 */
export async function lockReceiptTarget(
  db: Database,
  by: { attemptId: string | null; providerMessageId: string },
): Promise<ReceiptTarget | undefined> {
  const attempt = await db
    .selectFrom('attempts as a')
    .select(['a.id', 'a.message_id'])
    .where((eb) =>
      by.attemptId === null
        ? eb.and([eb('a.provider_message_id', '=', by.providerMessageId), eb('a.channel', '<>', 'email')])
        : eb('a.id', '=', by.attemptId),
    )
    .executeTakeFirst();
  if (attempt === undefined) return undefined;
  await db.selectFrom('messages').select('id').where('id', '=', attempt.message_id).forUpdate().execute();
  return await db
    .selectFrom('attempts as a')
    .innerJoin('messages as m', 'm.id', 'a.message_id')
    .where('a.message_id', '=', attempt.message_id)
    .where((eb) => eb.or([eb('a.id', '=', attempt.id), isKnownBy(by.providerMessageId)]))
    .orderBy(isKnownBy(by.providerMessageId), 'desc')
    .select(['a.id as attempt_id', 'a.message_id', 'a.channel', 'a.delivery_status as attempt_delivery_status'])
    .select(['a.outcome as attempt_outcome', 'a.outgoing_sealed'])
    .select(['a.provider_message_id', 'm.status', 'm.waiting_for', 'm.calling_attempt_id', 'm.until'])
    .select([
      sql<boolean>`m.erased_at is not null`.as('is_erased'),
      sql<boolean>`exists (
        select 1 from attempts later where later.message_id = a.message_id and later.channel = a.channel
          and later.number > a.number and later.outcome is distinct from 'failed'
          and coalesce(later.delivery_status, 'accepted') not in ('undelivered', 'bounced')
      )`.as('is_superseded'),
      sql<DeliveryStatus[]>`array(
        select other.delivery_status from attempts other
        where other.message_id = a.message_id and other.id <> a.id and other.delivery_status is not null
      )`.as('other_statuses'),
    ])
    .executeTakeFirst();
}

function isKnownBy(providerMessageId: string) {
  return sql<SqlBool>`(a.channel <> 'email' and a.provider_message_id is not distinct from ${providerMessageId})`;
}

/** A receipt whose message's workflow has not been told of it. */
export interface UnsignalledReceipt {
  id: string;
  message_id: string;
  channel: Channel;
  status: DeliveryStatus;
  error_code: string | null;
  error_kind: FailureKind | null;
  retry_after_seconds: number | null;
  repeats: number | null;
}

/** The oldest first. */
export async function listUnsignalledReceipts(
  db: Database,
  olderThanSeconds: number,
  limit: number,
): Promise<UnsignalledReceipt[]> {
  return await db
    .selectFrom('receipts as r')
    .innerJoin('attempts as a', 'a.id', 'r.attempt_id')
    .select(['r.id', 'a.message_id', 'a.channel', 'r.status'])
    .select(['r.error_code', 'r.error_kind', 'r.retry_after_seconds', 'r.repeats'])
    .where('r.unsignalled_since', '<', sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`)
    .where('r.status', 'is not', null)
    .$narrowType<{ status: DeliveryStatus }>()
    .orderBy('r.unsignalled_since')
    .limit(limit)
    .execute();
}

export async function markSignalled(db: Database, receiptId: string): Promise<void> {
  await db.updateTable('receipts').set({ unsignalled_since: null }).where('id', '=', receiptId).execute();
}

/** Keeps what a receipt says of its attempt, and of its message where that is the best that is known of it. */
export async function applyReceipt(
  db: Database,
  target: ReceiptTarget,
  receipt: {
    status: DeliveryStatus;
    providerMessageId: string;
    failure: { code: string; kind: FailureKind; sentence: string } | null;
  },
): Promise<void> {
  const { failure } = receipt;
  await db
    .updateTable('attempts')
    .set({
      delivery_status: receipt.status,
      provider_message_id: sql`coalesce(provider_message_id, ${unlessTaken(receipt.providerMessageId)})`,
      // An attempt in doubt keeps saying so, whatever becomes of it.
      error_code: orDoubt('error_code', failure?.code),
      error_kind: orDoubt<FailureKind>('error_kind', failure?.kind),
      error_message: orDoubt('error_message', failure?.sentence),
    })
    .where('id', '=', target.attempt_id)
    .execute();
  await db
    .updateTable('messages')
    .set({
      delivery_status: bestDeliveryStatus(target.message_id),
      delivered_at: keepFirst('delivered_at', receipt.status === 'delivered' || receipt.status === 'read'),
      read_at: keepFirst('read_at', receipt.status === 'read'),
      updated_at: sql`now()`,
    })
    .where('id', '=', target.message_id)
    .execute();
}

/** The provider's id, unless it was mistaken for that of an equal text: an id belongs to one attempt, but for emails. */
function unlessTaken(providerMessageId: string) {
  return sql<string | null>`case when channel = 'email' or not exists (
    select 1 from attempts other where other.provider_message_id = ${providerMessageId} and other.channel <> 'email'
  ) then ${providerMessageId} end`;
}

function orDoubt<Value extends string>(column: 'error_code' | 'error_kind' | 'error_message', value?: Value) {
  return sql<Value | null>`case outcome when 'uncertain' then ${sql.ref(column)} else ${value ?? null} end`;
}

/** A failed attempt tells least: as long as another one is on its way, that one counts. */
function bestDeliveryStatus(messageId: string) {
  return sql<DeliveryStatus | null>`(
    select delivery_status from attempts where message_id = ${messageId} and delivery_status is not null
    order by array_position(array['complained', 'read', 'delivered', 'accepted', 'bounced', 'undelivered'], delivery_status)
    limit 1
  )`;
}

function keepFirst(column: 'delivered_at' | 'read_at', isNow: boolean) {
  return isNow ? sql<Date>`coalesce(${sql.ref(column)}, now())` : sql<Date>`${sql.ref(column)}`;
}
