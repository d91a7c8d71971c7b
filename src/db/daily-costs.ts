import { sql } from 'kysely';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';

export interface DailyCost {
  readonly channel: Channel;
  /** ISO 4217. */
  readonly currency: string;
}

/**
 * Adds an amount to what the channel has cost today (UTC), unless that would then be more than the limit. Others who
 * reserve wait for the end of the transaction, so it comes last in it.
 * @param amount decimal
 * @returns false where the limit stands against it; nothing is added then
 */
export async function reserveCost(
  db: Database,
  { channel, currency }: DailyCost,
  amount: string,
  limit: string,
): Promise<boolean> {
  const { rows } = await sql`
    insert into daily_costs (day, channel, currency, amount)
    select (now() at time zone 'utc')::date, ${channel}, ${currency}, ${amount}::numeric
    where ${amount}::numeric <= ${limit}::numeric
    on conflict (day, channel, currency) do update set amount = daily_costs.amount + excluded.amount
      where daily_costs.amount + excluded.amount <= ${limit}::numeric
    returning amount
  `.execute(db);
  return rows.length > 0;
}

/**
 * Gives back what was reserved for an attempt that its provider has not taken, and forgets its estimate. A repeated
 * call changes nothing, nor does one for an attempt that is on record as accepted.
 */
export async function giveBackCost(db: Database, attemptId: string): Promise<void> {
  await sql`
    with attempt as (
      update attempts set cost_amount = null, cost_currency = null
      from attempts before
      where attempts.id = ${attemptId} and before.id = attempts.id and attempts.cost_amount is not null
        and attempts.outcome is distinct from 'accepted'
      returning before.channel, before.cost_amount, before.cost_currency, before.started_at
    )
    update daily_costs set amount = greatest(amount - attempt.cost_amount, 0)
    from attempt
    where day = (attempt.started_at at time zone 'utc')::date
      and daily_costs.channel = attempt.channel and currency = attempt.cost_currency
  `.execute(db);
}

/** Whether the limit leaves room for an amount today (UTC). */
export async function hasRoomToday(
  db: Database,
  { channel, currency }: DailyCost,
  amount: string,
  limit: string,
): Promise<boolean> {
  const { rows } = await sql<{ has_room: boolean }>`
    select ${amount}::numeric + coalesce((
      select amount from daily_costs
      where day = (now() at time zone 'utc')::date and channel = ${channel} and currency = ${currency}
    ), 0) <= ${limit}::numeric as has_room
  `.execute(db);
  return rows[0]?.has_room === true;
}
