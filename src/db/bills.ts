import { type SqlBool, sql } from 'kysely';
import type { Database } from './database.ts';

/** An attempt whose bill is to be asked for. */
export interface DueBill {
  id: string;
  message_id: string;
  provider_message_id: string;
  expected_segments: number | null;
}

/** How long after each question without an answer the next one follows, in seconds; a week in all. */
const DELAYS = [300, 900, 3_600, 21_600, 86_400, 86_400, 86_400, 86_400, 86_400, 86_400];

/**
 * Takes attempts whose bill is due, the longest due first, and sets when each is due again, so that no other caller gets
 * them and nothing is lost where this one stops. After the last question an attempt keeps its estimate.
 */
export async function claimDueBills(db: Database, limit: number): Promise<DueBill[]> {
  const { rows } = await sql<DueBill>`
    update attempts set
      bill_checks = bill_checks + 1,
      bill_check_at = now() + make_interval(secs => (${DELAYS}::integer[])[bill_checks + 1])
    where id in (
      select id from attempts where bill_check_at <= now() and provider_message_id is not null
      order by bill_check_at limit ${limit} for update skip locked
    )
    returning id, message_id, provider_message_id, expected_segments
  `.execute(db);
  return rows;
}

/** What a provider bills for an attempt. */
export interface FinalBill {
  readonly cost: { readonly amount: string; readonly currency: string };
  /** Null where the provider does not say. */
  readonly segments: number | null;
}

/** Keeps a bill in place of the estimate, with its attempt and its message. */
export async function keepBill(db: Database, { id, message_id }: DueBill, bill: FinalBill): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ cost_amount: bill.cost.amount, cost_currency: bill.cost.currency, cost_final: true, bill_check_at: null })
    .set({ segments: sql`coalesce(${bill.segments}::integer, segments)` })
    .where('id', '=', id)
    .execute();
  await sql`
    update messages m set
      (cost_amount, cost_currency, cost_final) = (${costOfAttempts()}),
      segments = coalesce((
        select segments from attempts a
        where a.message_id = m.id and a.channel = m.channel and a.cost_final and a.segments is not null
        order by number desc limit 1
      ), m.segments),
      updated_at = now()
    where m.id = ${message_id}
  `.execute(db);
}

/**
 * What a message `m` has cost: all that providers have taken, final once each part is. Null where the parts are in
 * several currencies (an estimate in ours, a bill in the provider's), for these cannot be added.
 */
export function costOfAttempts() {
  const isOneCurrency = sql`count(distinct a.cost_currency) = 1`;
  return sql`
    select case when ${isOneCurrency} then sum(a.cost_amount) end,
      case when ${isOneCurrency} then max(a.cost_currency) end,
      ${isOneCurrency} and bool_and(a.cost_final)
    from attempts a
    where a.message_id = m.id and ${isCharged()}
  `;
}

/** Whether an attempt `a` costs something: its provider has taken it, and bills by the piece. */
export function isCharged() {
  return sql<SqlBool>`(a.channel <> 'email' and (a.outcome = 'accepted'
    or a.outcome = 'uncertain' and a.delivery_status in ('accepted', 'delivered', 'read', 'complained')))`;
}
