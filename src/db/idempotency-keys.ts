import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface IdempotencyRow {
  request_hash: Buffer;
  response_status: number | null;
  response_location: string | null;
  response_sealed: Buffer | null;
  created_at: Date;
}

/**
 * Claims a key for a request. One that is older than a day, or whose request began long ago and never ended, is free.
 * @returns false where the key is taken
 */
export async function claimIdempotencyKey(
  db: Database,
  claim: { apiKeyId: string; key: string; requestHash: Buffer },
  limits: { keptHours: number; abandonedSeconds: number },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into idempotency_keys (api_key_id, key, request_hash)
    values (${claim.apiKeyId}, ${claim.key}, ${claim.requestHash})
    on conflict (api_key_id, key) do update set
      request_hash = excluded.request_hash, response_status = null, response_location = null,
      response_sealed = null, created_at = now()
    where idempotency_keys.created_at < now() - make_interval(hours => ${limits.keptHours})
      or (idempotency_keys.response_status is null
        and idempotency_keys.created_at < now() - make_interval(secs => ${limits.abandonedSeconds}))
  `.execute(db);
  return numAffectedRows === 1n;
}

export async function findIdempotencyKey(
  db: Database,
  apiKeyId: string,
  key: string,
): Promise<IdempotencyRow | undefined> {
  return await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'response_status', 'response_location', 'response_sealed', 'created_at'])
    .where('api_key_id', '=', apiKeyId)
    .where('key', '=', key)
    .executeTakeFirst();
}

export async function storeIdempotentResponse(
  db: Database,
  apiKeyId: string,
  key: string,
  response: { status: number; location: string | null; sealed: Buffer },
): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({
      response_status: response.status,
      response_location: response.location,
      response_sealed: response.sealed,
    })
    .where('api_key_id', '=', apiKeyId)
    .where('key', '=', key)
    .execute();
}

/** Lets go of a key whose request failed, so that it can be tried again. */
export async function releaseIdempotencyKey(db: Database, apiKeyId: string, key: string): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('api_key_id', '=', apiKeyId)
    .where('key', '=', key)
    .where('response_status', 'is', null)
    .execute();
}

/** Forgets the stored responses that created these resources; repeating such a request would create them again. */
export async function forgetResponses(db: Database, locations: readonly string[]): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ response_sealed: null })
    .where((eb) => eb('response_location', '=', eb.fn.any(eb.val(locations))))
    .execute();
}
