import { type SqlBool, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';
import type { Page } from './messages.ts';

export interface SuppressionRow {
  id: string;
  channel: Channel;
  reason: string;
  /** What the address looks like; null where a provider asked for the suppression, or the person was erased. */
  hint_sealed: Buffer | null;
  created_at: Date;
}

export interface AddressOnChannel {
  channel: Channel;
  addressHash: Buffer;
}

/**
 * Keeps that an address must not be used on a channel; does nothing where that is known.
 * @returns its id, or null where it is known already
 */
export async function insertSuppression(
  db: Database,
  suppression: AddressOnChannel & { id?: string; reason: string; hintSealed?: Buffer },
): Promise<string | null> {
  const { id = uuidv7(), channel, addressHash, reason, hintSealed = null } = suppression;
  const row = await db
    .insertInto('suppressions')
    .values({ id, channel, address_hash: addressHash, reason, hint_sealed: hintSealed })
    .onConflict((conflict) => conflict.columns(['channel', 'address_hash']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** @returns what was deleted */
export async function deleteSuppression(db: Database, id: string): Promise<{ channel: Channel } | undefined> {
  return await db.deleteFrom('suppressions').where('id', '=', id).returning('channel').executeTakeFirst();
}

/** Whether an address is suppressed on a channel for one of some reasons. */
export async function isSuppressedFor(
  db: Database,
  { channel, addressHash }: AddressOnChannel,
  reasons: readonly string[],
): Promise<boolean> {
  const row = await db
    .selectFrom('suppressions')
    .select('id')
    .where('channel', '=', channel)
    .where('address_hash', '=', addressHash)
    .where('reason', 'in', reasons)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Lifts the suppression of an address on a channel where it has one of some reasons.
 * @returns its id, or null where there is none
 */
export async function deleteSuppressionFor(
  db: Database,
  { channel, addressHash }: AddressOnChannel,
  reasons: readonly string[],
): Promise<string | null> {
  const row = await db
    .deleteFrom('suppressions')
    .where('channel', '=', channel)
    .where('address_hash', '=', addressHash)
    .where('reason', 'in', reasons)
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

export interface SuppressionFilter {
  channel?: Channel;
  /** One of these. */
  addresses?: readonly AddressOnChannel[];
}

/** The newest first. */
export async function listSuppressions(db: Database, filter: SuppressionFilter, page: Page): Promise<SuppressionRow[]> {
  let query = db
    .selectFrom('suppressions')
    .select(['id', 'channel', 'reason', 'hint_sealed', 'created_at'])
    .limit(page.limit);
  if (filter.channel !== undefined) query = query.where('channel', '=', filter.channel);
  if (filter.addresses !== undefined) {
    const channels = filter.addresses.map(({ channel }) => channel);
    const hashes = filter.addresses.map(({ addressHash }) => addressHash);
    query = query.where(
      sql<SqlBool>`(channel, address_hash) in (select * from unnest(${channels}::text[], ${hashes}::bytea[]))`,
    );
  }
  if (page.after !== undefined) {
    return (await query.where('id', '>', page.after).orderBy('id', 'asc').execute()).reverse();
  }
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return await query.orderBy('id', 'desc').execute();
}
