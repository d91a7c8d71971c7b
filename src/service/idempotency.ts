import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import {
  type ClaimOwner,
  claimIdempotencyKey,
  findIdempotencyKey,
  releaseIdempotencyKey,
  renewClaim,
  storeIdempotentResponse,
} from '../db/idempotency-keys.ts';
import type { ServiceContext } from './context.ts';
import { type RequestIdentity, requestHash } from './request-hash.ts';
import { ServiceError } from './service-error.ts';

/** How long a response is kept, in hours. */
const KEPT_HOURS = 24;
/** How often the owner of a claim says that it still works, in milliseconds. */
const RENEWAL_MS = 5_000;
/** An owner that has said nothing for this many seconds died with its process. */
const ABANDONED_SECONDS = 60;

export interface IdempotentResponse {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

/** The right to answer a request. It is renewed until it is finished or released. */
export interface Claim {
  readonly owner: ClaimOwner;
  /** Ends the renewal. */
  end(): void;
}

/**
 * Begins a request that has an idempotency key.
 * @returns the first response if the request has been answered before, else a claim: go on, then `finishIdempotent` or
 * `releaseIdempotent`, and end the claim
 * @throws {ServiceError} conflict while the first request is in progress, unprocessable if the key came with another
 * request
 */
export async function beginIdempotent(
  context: ServiceContext,
  { apiKeyId, key }: Pick<ClaimOwner, 'apiKeyId' | 'key'>,
  request: RequestIdentity,
): Promise<{ readonly earlier: IdempotentResponse } | { readonly claim: Claim }> {
  const { db, sealer } = context;
  const hash = requestHash(request);
  const owner: ClaimOwner = { apiKeyId, key, claimId: uuidv7() };
  const limits = { keptHours: KEPT_HOURS, abandonedSeconds: ABANDONED_SECONDS };
  if (await claimIdempotencyKey(db, owner, hash, limits)) return { claim: renewed(context, owner) };
  const row = await findIdempotencyKey(db, apiKeyId, key);
  if (row !== undefined && !row.request_hash.equals(hash)) {
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
  const body = sealer.openBytes(row.response_sealed, place(owner)).toString();
  return { earlier: { status: row.response_status, location: row.response_location, body } };
}

/**
 * Keeps the response; in the transaction of the work itself, so that both are kept or neither.
 * @throws {ServiceError} conflict if another request has claimed the key since, so that the work must not be kept
 */
export async function finishIdempotent(
  { sealer }: ServiceContext,
  db: Database,
  { owner }: Claim,
  { status, location, body }: IdempotentResponse,
): Promise<void> {
  const sealed = sealer.sealBytes(Buffer.from(body), place(owner));
  if (await storeIdempotentResponse(db, owner, { status, location, sealed })) return;
  const message =
    'This request was silent for so long that another one with its Idempotency-Key took its place. ' +
    'Nothing of it was kept; send it again to get the answer of the other one.';
  throw new ServiceError('conflict', 'idempotency_key_lost', message);
}

/** Lets go of the key after a request that changed nothing. */
export async function releaseIdempotent({ db }: ServiceContext, { owner }: Claim): Promise<void> {
  await releaseIdempotencyKey(db, owner);
}

/** A claim that outlasts any work, however long it takes. What fails here is made good at the next renewal. */
function renewed({ db, telemetry }: ServiceContext, owner: ClaimOwner): Claim {
  let isRenewing = false;
  const timer = setInterval(() => {
    if (isRenewing) return;
    isRenewing = true;
    renewClaim(db, owner)
      .then((isOurs) => {
        if (!isOurs) clearInterval(timer);
      })
      .catch((error: unknown) => telemetry.stepFailed({ step: 'renew_claim', messageId: null, error }))
      .finally(() => {
        isRenewing = false;
      });
  }, RENEWAL_MS);
  timer.unref();
  return { owner, end: () => clearInterval(timer) };
}

/** Where a response is sealed for. */
function place({ apiKeyId, key }: ClaimOwner): string {
  return `idempotency_keys.response:${apiKeyId}:${key}`;
}
