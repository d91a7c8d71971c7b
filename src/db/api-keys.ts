import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface ApiKeyRow {
  id: string;
  name: string;
  scopes: string[];
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

export async function insertApiKey(
  db: Database,
  key: { id: string; name: string; hash: Buffer; scopes: string[]; expiresAt: Date | null },
): Promise<void> {
  const { id, name, hash, scopes } = key;
  await db.insertInto('api_keys').values({ id, name, hash, scopes, expires_at: key.expiresAt }).execute();
}

/** A key that is neither revoked nor expired, by the hash of its secret. */
export async function findUsableKey(db: Database, hash: Buffer): Promise<ApiKeyRow | undefined> {
  return await selectKeys(db)
    .where('hash', '=', hash)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirst();
}

export async function findApiKey(db: Database, id: string): Promise<ApiKeyRow | undefined> {
  return await selectKeys(db).where('id', '=', id).executeTakeFirst();
}

export async function listApiKeys(
  db: Database,
  page: { before?: string; after?: string; limit: number },
): Promise<ApiKeyRow[]> {
  const query = selectKeys(db).limit(page.limit);
  if (page.after !== undefined) {
    return (await query.where('id', '>', page.after).orderBy('id', 'asc').execute()).reverse();
  }
  const older = page.before === undefined ? query : query.where('id', '<', page.before);
  return await older.orderBy('id', 'desc').execute();
}

/** Gives a key a new secret; the old one stops working at once. */
export async function replaceKeyHash(db: Database, id: string, hash: Buffer): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('api_keys')
    .set({ hash })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function revokeApiKey(db: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('api_keys')
    .set({ revoked_at: sql`now()` })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Keeps when a key was last used, to the minute, so that a busy key does not write at every request. */
export async function touchApiKey(db: Database, id: string): Promise<void> {
  await db
    .updateTable('api_keys')
    .set({ last_used_at: sql`now()` })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', sql<Date>`now() - interval '1 minute'`)]),
    )
    .execute();
}

function selectKeys(db: Database) {
  return db
    .selectFrom('api_keys')
    .select(['id', 'name', 'scopes', 'created_at', 'expires_at', 'revoked_at', 'last_used_at']);
}
