import { type SqlBool, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Channel } from '../domain/channels.ts';
import type { QuietHours } from '../domain/recipient.ts';
import type { Database } from './database.ts';

export interface RecipientHashes {
  /** By which an inline recipient is recognised: the external id, else all addresses together. */
  identity_hash: Buffer;
  external_id_hash: Buffer | null;
  email_hash: Buffer | null;
  phone_hash: Buffer | null;
  whatsapp_hash: Buffer | null;
}

export interface RecipientValues extends RecipientHashes {
  id: string;
  details_sealed: Buffer;
  locale: string | null;
  time_zone: string | null;
}

export interface RecipientPreferences {
  preferred_channels: Channel[];
  quiet_hours: QuietHours | null;
}

export interface RecipientRow extends RecipientValues, RecipientPreferences {
  opt_outs: { channel: Channel | null; category: string | null; source: string; created_at: string }[];
  created_at: Date;
  updated_at: Date;
}

export async function findRecipient(db: Database, id: string): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('id', '=', id).executeTakeFirst();
}

/** Locks the row until the transaction ends. */
export async function lockRecipient(db: Database, id: string): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('id', '=', id).forUpdate().executeTakeFirst();
}

/**
 * Keeps a recipient from being erased until the transaction ends.
 * @returns false where it is gone already
 */
export async function holdRecipient(db: Database, id: string): Promise<boolean> {
  const query = db.selectFrom('recipients').select('id').where('id', '=', id).where('erased_at', 'is', null);
  return (await query.forKeyShare().executeTakeFirst()) !== undefined;
}

export async function findRecipientByExternalId(db: Database, hash: Buffer): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('external_id_hash', '=', hash).executeTakeFirst();
}

/** Locks the row, so that two merges into one recipient follow each other. */
export async function lockRecipientByIdentity(db: Database, hash: Buffer): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('identity_hash', '=', hash).forUpdate().executeTakeFirst();
}

/**
 * Lets one transaction at a time store or change people who share one of these hashes, whether or not they are stored
 * yet. The locks are taken in one order by everybody, so that two callers with several of them never wait in a circle.
 */
export async function lockPeople(db: Database, hashes: readonly RecipientHashes[]): Promise<void> {
  const keys = hashes.flatMap(givenHashes).map((hash) => hash.readBigInt64BE());
  const ordered = [...new Set(keys)].sort((one, other) => (one < other ? -1 : 1)).map(String);
  await sql`select pg_advisory_xact_lock(key) from unnest(${ordered}::bigint[]) key`.execute(db);
}

/** How many recipients who may be the same person are looked at: more than one is too many to choose from. */
const CANDIDATES = 3;

/**
 * Recipients who may be the person with these hashes: the one of the same identity first, then some who have every
 * given address. Somebody with another external id is another person.
 */
export async function listCandidates(db: Database, hashes: RecipientHashes): Promise<RecipientRow[]> {
  const { identity_hash: identity, external_id_hash: externalId } = hashes;
  const addresses = (['email_hash', 'phone_hash', 'whatsapp_hash'] as const).filter((name) => hashes[name] !== null);
  return await selectRecipients(db)
    .where((eb) => {
      const isSame = eb('identity_hash', '=', identity);
      if (addresses.length === 0) return isSame;
      const hasAddresses = eb.and(addresses.map((name) => eb(name, '=', hashes[name] as Buffer)));
      return eb.or([isSame, externalId === null ? hasAddresses : hasAddresses.and('external_id_hash', 'is', null)]);
    })
    .orderBy((eb) => eb('identity_hash', '=', identity), 'desc')
    .limit(CANDIDATES)
    .execute();
}

/** @returns false where a recipient of the same identity is there already */
export async function insertRecipient(db: Database, values: RecipientValues): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('recipients')
    .values(values)
    .onConflict((conflict) => conflict.column('identity_hash').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function updateRecipient(db: Database, { id, ...values }: RecipientValues): Promise<void> {
  await db
    .updateTable('recipients')
    .set({ ...values, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

/** Changes what is given and moves the time of the last change. */
export async function updatePreferences(
  db: Database,
  id: string,
  preferences: Partial<RecipientPreferences>,
): Promise<void> {
  await db
    .updateTable('recipients')
    .set({ ...preferences, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

export interface RecipientFilter {
  hash?: { column: keyof RecipientHashes; value: Buffer };
  /** Compared without regard to case (RFC 5646, section 2.1.1). */
  locale?: string;
}

export async function listRecipients(
  db: Database,
  filter: RecipientFilter & { before?: string; after?: string; limit: number },
): Promise<RecipientRow[]> {
  let query = selectRecipients(db).limit(filter.limit);
  if (filter.hash !== undefined) query = query.where(filter.hash.column, '=', filter.hash.value);
  if (filter.locale !== undefined) query = query.where(sql<SqlBool>`lower(locale) = lower(${filter.locale})`);
  if (filter.after !== undefined) {
    return (await query.where('id', '>', filter.after).orderBy('id', 'asc').execute()).reverse();
  }
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  return await query.orderBy('id', 'desc').execute();
}

/** Every recipient who has not been erased, with their opt-outs. */
export function selectRecipients(db: Database) {
  return db
    .selectFrom('recipients')
    .select(['id', 'identity_hash', 'external_id_hash', 'email_hash', 'phone_hash', 'whatsapp_hash'])
    .select(['details_sealed', 'locale', 'time_zone', 'preferred_channels', 'quiet_hours', 'created_at', 'updated_at'])
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('opt_outs as o')
          .select(['o.channel', 'o.category', 'o.source', 'o.created_at'])
          .whereRef('o.recipient_id', '=', 'recipients.id')
          .orderBy('o.id'),
      ).as('opt_outs'),
    )
    .where('erased_at', 'is', null);
}

function givenHashes({ external_id_hash, email_hash, phone_hash, whatsapp_hash }: RecipientHashes): Buffer[] {
  return [external_id_hash, email_hash, phone_hash, whatsapp_hash].filter((hash) => hash !== null);
}
