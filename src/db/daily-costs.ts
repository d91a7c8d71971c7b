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

/** Whether the limit leaves room for an amount today (UTC). */
export async function hasRoomToday(
  db: Database,
  { channel, currency }: DailyCost,
  amount: string,
  limit: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('daily_costs')
    .select('amount')
    .where('day', '=', sql<Date>`(now() at time zone 'utc')::date`)
    .where('channel', '=', channel)
    .where('currency', '=', currency)
    .where(sql<boolean>`amount + ${amount}::numeric > ${limit}::numeric`)
    .executeTakeFirst();
  return row === undefined;
}
