import { type SqlBool, sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { FailureKind } from '../domain/failures.ts';
import type { AttemptOutcome, DeliveryStatus } from '../domain/statuses.ts';
import { giveBackCost } from './daily-costs.ts';
import type { Database } from './database.ts';

export interface NewAttempt {
  id: string;
  messageId: string;
  token: string;
  channel: Channel;
  outgoingSealed: Buffer | null;
  /** Key of the channel's sender; null where nothing is sent. */
  sender?: string | null;
  /** Segments of a text by our own count. */
  expectedSegments?: number | null;
  /** An estimate; null where nothing is known. */
  cost?: { amount: string; currency: string } | null;
}

export interface AttemptError {
  code: string;
  kind: FailureKind;
  message: string;
  retryAfterSeconds: number | null;
  /** How often the channel is tried again, at most; not kept with the attempt. */
  repeats?: number;
}

/**
 * Adds the next attempt of a message and marks the message as being handed over, in one statement, so that the
 * attempt is known before its provider is.
 */
export async function insertAttempt(db: Database, attempt: NewAttempt): Promise<void> {
  await sql`
    with message as (
      update messages set
        attempt_count = attempt_count + 1,
        retry_count = attempt_count,
        channel = ${attempt.channel},
        waiting_for = null,
        calling_attempt_id = ${attempt.id},
        updated_at = now()
      where id = ${attempt.messageId}
      returning id, attempt_count
    )
    insert into attempts (
      id, message_id, number, token, channel, outgoing_sealed, sender, expected_segments, cost_amount, cost_currency
    )
    select ${attempt.id}, id, attempt_count, ${attempt.token}, ${attempt.channel}, ${attempt.outgoingSealed},
      ${attempt.sender ?? null}::text, ${attempt.expectedSegments ?? null}::integer,
      ${attempt.cost?.amount ?? null}::numeric, ${attempt.cost?.currency ?? null}::text
    from message
  `.execute(db);
}

/** What a worker needs to call the provider, or to see that it must not. */
export interface AttemptRow {
  id: string;
  message_id: string;
  channel: Channel;
  outgoing_sealed: Buffer | null;
  called_at: Date | null;
  outcome: AttemptOutcome | null;
  error_code: string | null;
  error_kind: FailureKind | null;
  retry_after_seconds: number | null;
  provider_message_id: string | null;
  /** When an earlier attempt on this channel began whose outcome is unknown. */
  unknown_since: Date | null;
  is_stopped: boolean;
  is_expired: boolean;
  acknowledged_at: Date | null;
  acknowledged_channel: Channel | null;
  /** Where and how another attempt has reached what a message that was sent already goes on for. */
  overtaken_by: { channel: Channel; status: DeliveryStatus } | null;
}

/**
 * Claims an attempt for its one call to the provider: the row comes back only to the caller that may go on, and never
 * for a message that was cancelled, deleted or acknowledged meanwhile, has expired, or has reached its goal.
 */
export async function claimAttempt(db: Database, id: string): Promise<AttemptRow | undefined> {
  return await db
    .updateTable('attempts')
    .from('messages')
    .set({ called_at: sql`now()` })
    .whereRef('messages.id', '=', 'attempts.message_id')
    .where('attempts.id', '=', id)
    .where('attempts.called_at', 'is', null)
    .where('attempts.outcome', 'is', null)
    // An erasure that commits while this statement waits for its row shows up in the row itself only.
    .where('attempts.outgoing_sealed', 'is not', null)
    .where('messages.cancel_requested_at', 'is', null)
    .where('messages.erased_at', 'is', null)
    .where('messages.acknowledged_at', 'is', null)
    .where(sql<SqlBool>`coalesce(messages.expires_at > now(), true)`)
    .where(sql<SqlBool>`${overtakenBy()} is null`)
    .returning(attemptColumns())
    .executeTakeFirst();
}

export async function findAttempt(db: Database, id: string): Promise<AttemptRow | undefined> {
  return await db
    .selectFrom('attempts')
    .innerJoin('messages', 'messages.id', 'attempts.message_id')
    .where('attempts.id', '=', id)
    .select(attemptColumns())
    .executeTakeFirst();
}

function attemptColumns() {
  return [
    'attempts.id',
    'attempts.message_id',
    'attempts.channel',
    'attempts.outgoing_sealed',
    'attempts.called_at',
    'attempts.outcome',
    'attempts.error_code',
    'attempts.error_kind',
    'attempts.retry_after_seconds',
    'attempts.provider_message_id',
    sql<Date | null>`(
      select min(earlier.called_at) from attempts earlier
      where earlier.message_id = attempts.message_id and earlier.channel = attempts.channel
        and earlier.number < attempts.number and earlier.outcome = 'uncertain'
    )`.as('unknown_since'),
    sql<boolean>`messages.cancel_requested_at is not null or messages.erased_at is not null`.as('is_stopped'),
    sql<boolean>`coalesce(messages.expires_at <= now(), false)`.as('is_expired'),
    'messages.acknowledged_at',
    'messages.acknowledged_channel',
    overtakenBy().as('overtaken_by'),
  ] as const;
}

/** A receipt that came while an escalation was on its way to a worker. A message that is not sent is told by a signal. */
function overtakenBy() {
  return sql<AttemptRow['overtaken_by']>`(
    select jsonb_build_object('channel', other.channel, 'status', other.delivery_status) from attempts other
    where other.message_id = messages.id and other.id <> attempts.id and messages.status = 'sent'
      and (messages.until = 'delivered' and other.delivery_status in ('delivered', 'read', 'complained')
        or messages.until = 'read' and other.delivery_status in ('read', 'complained'))
    limit 1
  )`;
}

/**
 * Whether a provider's id belongs to another attempt, so that it tells nothing of this one. Emails are left out: all
 * attempts of one message share their Message-ID.
 */
export async function isTakenByOther(db: Database, id: string, providerMessageId: string): Promise<boolean> {
  const row = await db
    .selectFrom('attempts')
    .select('id')
    .where('provider_message_id', '=', providerMessageId)
    .where('channel', '<>', 'email')
    .where('id', '<>', id)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Keeps that the provider has taken an attempt. A receipt may have told its id before; the first one stays. An attempt
 * that is on record as uncertain keeps saying so: the answer to a call that had been given up comes too late.
 * @returns what is on record now
 */
export async function recordAccepted(
  db: Database,
  id: string,
  accepted: { providerMessageId: string; segments: number | null },
): Promise<AttemptOutcome | null> {
  const row = await db
    .updateTable('attempts')
    .set({
      outcome: sql<AttemptOutcome>`coalesce(nullif(outcome, 'failed'), 'accepted')`,
      finished_at: sql`now()`,
      provider_message_id: sql`coalesce(provider_message_id, ${accepted.providerMessageId})`,
      segments: sql`coalesce(${accepted.segments}::integer, expected_segments)`,
      bill_check_at: firstBillCheck(),
      delivery_status: sql`coalesce(delivery_status, 'accepted')`,
      error_code: ofDoubt('error_code'),
      error_kind: ofDoubt<FailureKind>('error_kind'),
      error_message: ofDoubt('error_message'),
    })
    .where('id', '=', id)
    .returning('outcome')
    .executeTakeFirst();
  return row?.outcome ?? null;
}

function ofDoubt<Value extends string>(column: 'error_code' | 'error_kind' | 'error_message') {
  return sql<Value | null>`case outcome when 'uncertain' then ${sql.ref(column)} end`;
}

/**
 * Keeps why an attempt failed, or that its outcome is unknown. One that failed costs nothing; one of which nobody knows
 * may have been taken, so its estimate stays, and its bill is asked for once a receipt has told the provider's id.
 * @returns false where the attempt is on record as accepted, which it stays
 */
export async function recordFailed(db: Database, id: string, error: AttemptError): Promise<boolean> {
  const isUncertain = error.kind === 'uncertain';
  if (!isUncertain) await giveBackCost(db, id);
  const { numUpdatedRows } = await db
    .updateTable('attempts')
    .set({
      outcome: isUncertain ? 'uncertain' : 'failed',
      finished_at: sql`now()`,
      ...(isUncertain && { bill_check_at: firstBillCheck() }),
      error_code: error.code,
      error_kind: error.kind,
      error_message: error.message,
      retry_after_seconds: error.retryAfterSeconds,
    })
    .where('id', '=', id)
    .where('outcome', 'is distinct from', 'accepted')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Emails are not billed by the piece. */
function firstBillCheck() {
  return sql<Date | null>`case channel when 'email' then null else now() + interval '1 minute' end`;
}

export interface AttemptView {
  number: number;
  channel: Channel;
  started_at: Date;
  finished_at: Date | null;
  outcome: AttemptOutcome | null;
  error_code: string | null;
  error_kind: FailureKind | null;
  error_message: string | null;
  provider_message_id: string | null;
  segments: number | null;
  cost_amount: string | null;
  cost_currency: string | null;
  cost_final: boolean;
}

export async function listAttempts(db: Database, messageId: string): Promise<AttemptView[]> {
  return await db
    .selectFrom('attempts')
    .select(['number', 'channel', 'started_at', 'finished_at', 'outcome', 'error_code', 'error_kind', 'error_message'])
    .select(['provider_message_id', 'segments', 'cost_amount', 'cost_currency', 'cost_final'])
    .where('message_id', '=', messageId)
    .orderBy('number')
    .execute();
}
