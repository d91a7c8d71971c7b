import { createHash } from 'node:crypto';
import type { Database } from '../db/database.ts';
import {
  claimIdempotencyKey,
  findIdempotencyKey,
  releaseIdempotencyKey,
  storeIdempotentResponse,
} from '../db/idempotency-keys.ts';
import type { ServiceContext } from './context.ts';
import { ServiceError } from './service-error.ts';

/** How long a response is kept, in hours. */
const KEPT_HOURS = 24;
/** A request that has not ended after this many seconds died with its process; what it had not committed is undone. */
const ABANDONED_SECONDS = 60;

export interface IdempotentResponse {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

export interface IdempotentRequest {
  readonly apiKeyId: string;
  /** The caller's `Idempotency-Key`. */
  readonly key: string;
}

/**
 * Begins a request that has an idempotency key.
 * @returns the first response where the request has been answered before, else null: go on, then `finish` or `release`
 * @throws {ServiceError} conflict while the first request is in progress, unprocessable where the key came with
 * another request
 */
export async function beginIdempotent(
  { db, sealer }: ServiceContext,
  { apiKeyId, key }: IdempotentRequest,
  request: { method: string; path: string; body: unknown },
): Promise<IdempotentResponse | null> {
  const text = JSON.stringify([request.method, request.path, request.body]);
  const requestHash = createHash('sha256').update(text).digest();
  const limits = { keptHours: KEPT_HOURS, abandonedSeconds: ABANDONED_SECONDS };
  if (await claimIdempotencyKey(db, { apiKeyId, key, requestHash }, limits)) return null;
  const row = await findIdempotencyKey(db, apiKeyId, key);
  if (row !== undefined && !row.request_hash.equals(requestHash)) {
    const message = 'This Idempotency-Key came with another request; use a new one.';
    throw new ServiceError('unprocessable', 'idempotency_key_reused', message);
  }
  if (row !== undefined && row.response_status !== null && row.response_sealed === null) {
    throw new ServiceError('conflict', 'resource_deleted', 'What the first request made has been deleted since.');
  }
  if (row?.response_sealed == null || row.response_status === null) {
    const message = 'The first request with this Idempotency-Key is still in progress; try again in a moment.';
    throw new ServiceError('conflict', 'idempotency_key_in_progress', message);
  }
  const body = sealer.openBytes(row.response_sealed, context(apiKeyId, key)).toString();
  return { status: row.response_status, location: row.response_location, body };
}

/** Keeps the response; in the transaction of the work itself, so that both are kept or neither. */
export async function finishIdempotent(
  { sealer }: ServiceContext,
  db: Database,
  { apiKeyId, key }: IdempotentRequest,
  { status, location, body }: IdempotentResponse,
): Promise<void> {
  const sealed = sealer.sealBytes(Buffer.from(body), context(apiKeyId, key));
  await storeIdempotentResponse(db, apiKeyId, key, { status, location, sealed });
}

/** Lets go of the key after a request that changed nothing. */
export async function releaseIdempotent({ db }: ServiceContext, { apiKeyId, key }: IdempotentRequest): Promise<void> {
  await releaseIdempotencyKey(db, apiKeyId, key);
}

function context(apiKeyId: string, key: string): string {
  return `idempotency_keys.response:${apiKeyId}:${key}`;
}
