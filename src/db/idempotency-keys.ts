import { sql } from 'kysely';
import type { Database } from './database.ts';

export interface IdempotencyRow {
  request_hash: Buffer;
  response_status: number | null;
  response_location: string | null;
  response_sealed: Buffer | null;
  created_at: Date;
}

/** Whose work it is to answer a request; a key that is claimed anew has another owner. */
export interface ClaimOwner {
  readonly apiKeyId: string;
  /** The caller's `Idempotency-Key`. */
  readonly key: string;
  readonly claimId: string;
}

/**
 * Claims a key for a request. A key that is older than a day is free, and so is one whose owner has not answered the
 * request and has not renewed the claim for a while.
 * @returns false if the key is taken
 */
export async function claimIdempotencyKey(
  db: Database,
  owner: ClaimOwner,
  requestHash: Buffer,
  limits: { keptHours: number; abandonedSeconds: number },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into idempotency_keys (api_key_id, key, request_hash, claim_id)
    values (${owner.apiKeyId}, ${owner.key}, ${requestHash}, ${owner.claimId})
    on conflict (api_key_id, key) do update set
      request_hash = excluded.request_hash, response_status = null, response_location = null,
      response_sealed = null, created_at = now(), claim_id = excluded.claim_id, renewed_at = now()
    where (idempotency_keys.response_status is not null
        and idempotency_keys.created_at < now() - make_interval(hours => ${limits.keptHours}))
      or (idempotency_keys.response_status is null
        and idempotency_keys.renewed_at < now() - make_interval(secs => ${limits.abandonedSeconds}))
  `.execute(db);
  return numAffectedRows === 1n;
}

/**
 * Says that the owner of a claim still works on its request.
 * @returns false if the claim is somebody else's by now, or the request has been answered
 */
export async function renewClaim(db: Database, owner: ClaimOwner): Promise<boolean> {
  const { numUpdatedRows } = await ownedBy(db, owner)
    .set({ renewed_at: sql<Date>`now()` })
    .where('response_status', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
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

/**
 * Keeps the response of a request. Nobody can claim its key from here to the end of the transaction.
 * @returns false, with nothing kept, if the claim is somebody else's by now
 */
export async function storeIdempotentResponse(
  db: Database,
  owner: ClaimOwner,
  response: { status: number; location: string | null; sealed: Buffer },
): Promise<boolean> {
  const { numUpdatedRows } = await ownedBy(db, owner)
    .set({
      response_status: response.status,
      response_location: response.location,
      response_sealed: response.sealed,
    })
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Lets go of a key whose request failed, so that it can be tried again. A key of another owner stays claimed. */
export async function releaseIdempotencyKey(db: Database, owner: ClaimOwner): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('api_key_id', '=', owner.apiKeyId)
    .where('key', '=', owner.key)
    .where('claim_id', '=', owner.claimId)
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

function ownedBy(db: Database, { apiKeyId, key, claimId }: ClaimOwner) {
  return db
    .updateTable('idempotency_keys')
    .where('api_key_id', '=', apiKeyId)
    .where('key', '=', key)
    .where('claim_id', '=', claimId);
}
