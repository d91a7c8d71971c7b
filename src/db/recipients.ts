import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface RecipientHashes {
  /** By which an inline recipient is recognised: the external id, else all addresses together. */
  identity_hash: Buffer;
  external_id_hash: Buffer | null;
  email_hash: Buffer | null;
  phone_hash: Buffer | null;
  whatsapp_hash: Buffer | null;
}

export interface RecipientRow extends RecipientHashes {
  id: string;
  details_sealed: Buffer;
  locale: string | null;
  time_zone: string | null;
  created_at: Date;
  updated_at: Date;
}

export type RecipientValues = Omit<RecipientRow, 'created_at' | 'updated_at'>;

export async function findRecipient(db: Database, id: string): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('id', '=', id).executeTakeFirst();
}

/** Locks the row until the transaction ends. */
export async function lockRecipient(db: Database, id: string): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('id', '=', id).forUpdate().executeTakeFirst();
}

export async function findRecipientByExternalId(db: Database, hash: Buffer): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('external_id_hash', '=', hash).executeTakeFirst();
}

/** Locks the row, so that two merges into one recipient follow each other. */
export async function lockRecipientByIdentity(db: Database, hash: Buffer): Promise<RecipientRow | undefined> {
  return await selectRecipients(db).where('identity_hash', '=', hash).forUpdate().executeTakeFirst();
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

export async function listRecipients(
  db: Database,
  filter: { hash?: { column: keyof RecipientHashes; value: Buffer }; before?: string; after?: string; limit: number },
): Promise<RecipientRow[]> {
  let query = selectRecipients(db).limit(filter.limit);
  if (filter.hash !== undefined) query = query.where(filter.hash.column, '=', filter.hash.value);
  if (filter.after !== undefined) {
    return (await query.where('id', '>', filter.after).orderBy('id', 'asc').execute()).reverse();
  }
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  return await query.orderBy('id', 'desc').execute();
}

function selectRecipients(db: Database) {
  return db
    .selectFrom('recipients')
    .select(['id', 'identity_hash', 'external_id_hash', 'email_hash', 'phone_hash', 'whatsapp_hash'])
    .select(['details_sealed', 'locale', 'time_zone', 'created_at', 'updated_at'])
    .where('erased_at', 'is', null);
}
