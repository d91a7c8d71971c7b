import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import {
  type ApiKeyRow,
  findApiKey,
  findUsableKey,
  insertApiKey,
  listApiKeys,
  replaceKeyHash,
  revokeApiKey,
  touchApiKey,
} from '../db/api-keys.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { type Fault, MISSING_SCOPE, notFound, refuseFaults, ServiceError } from './service-error.ts';

/** What a key may be used for. */
export const SCOPES = [
  'messages:read',
  'messages:send',
  'messages:manage',
  'templates:read',
  'templates:write',
  'recipients:read',
  'recipients:write',
  'statistics:read',
  'audit:read',
  'keys:manage',
] as const;
export type Scope = (typeof SCOPES)[number];

export type { ApiKeyRow as ApiKeyView };

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Null for never. */
  readonly expiresAt: Date | null;
}

export interface ApiKeyWithSecret extends ApiKeyRow {
  /** Shown this once; only its hash is stored. */
  readonly secret: string;
}

/** Marks a secret as ours, so that scanners of leaked credentials can recognise it. */
const SECRET_PREFIX = 'kmsg_';
const SECRET_BYTES = 32;
const SECRET_FORMAT = /^kmsg_[A-Za-z0-9_-]{43}$/;

/** A key that may be used now, or null. */
export async function findCaller({ db }: Pick<ServiceContext, 'db'>, secret: string): Promise<ApiKeyRow | null> {
  if (!SECRET_FORMAT.test(secret)) return null;
  const key = await findUsableKey(db, hashSecret(secret));
  if (key === undefined) return null;
  if (key.last_used_at === null || key.last_used_at.getTime() < Date.now() - 60_000) await touchApiKey(db, key.id);
  return key;
}

/**
 * Makes a key, for whoever runs the service: it may have any scope.
 * @throws {ServiceError} invalid where the key would have expired already
 */
export async function createApiKey(
  { db }: Pick<ServiceContext, 'db'>,
  actor: string,
  input: NewApiKey,
  beforeCommit?: BeforeCommit<ApiKeyWithSecret>,
): Promise<ApiKeyWithSecret> {
  const id = uuidv7();
  const secret = newSecret();
  const { name, expiresAt } = input;
  refuseFaults(expiryFaults(input));
  return await db.transaction().execute(async (trx) => {
    await insertApiKey(trx, { id, name, hash: hashSecret(secret), scopes: [...new Set(input.scopes)], expiresAt });
    await audit(trx, actor, 'created', id);
    const key = { ...(await readKey(trx, id)), secret };
    await beforeCommit?.(trx, key);
    return key;
  });
}

/**
 * Makes a key for a caller: nobody hands out a scope that their own key lacks, nor a key that outlasts their own.
 * @throws {ServiceError} invalid; forbidden
 */
export async function handOutApiKey(
  { db }: Pick<ServiceContext, 'db'>,
  caller: Caller,
  input: NewApiKey,
): Promise<ApiKeyWithSecret> {
  refuseFaults(await newKeyFaults({ db }, caller, input));
  return await createApiKey({ db }, caller.actor, input);
}

/** All that is wrong with a key that a caller wants to make. */
export async function newKeyFaults(
  { db }: Pick<ServiceContext, 'db'>,
  caller: Caller,
  input: Omit<NewApiKey, 'name'>,
): Promise<Fault[]> {
  return [...expiryFaults(input), ...rightFaults(caller, await ownExpiry(db, caller), input)];
}

/**
 * Gives a key a new secret; the old one stops working at once.
 * @throws {ServiceError} not_found; forbidden if the key may do more than the caller, or outlasts the caller's own
 */
export async function rotateApiKey({ db }: ServiceContext, caller: Caller, id: string): Promise<ApiKeyWithSecret> {
  const secret = newSecret();
  return await db.transaction().execute(async (trx) => {
    await refuseStronger(trx, caller, id);
    if (!(await replaceKeyHash(trx, id, hashSecret(secret)))) throw notFound('key');
    await audit(trx, caller.actor, 'rotated', id);
    return { ...(await readKey(trx, id)), secret };
  });
}

/**
 * Revokes a key. One that may do more than the caller stays, so that a weak key cannot lock the others out.
 * @throws {ServiceError} not_found; forbidden
 */
export async function revokeApiKeyById({ db }: ServiceContext, caller: Caller, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await refuseStronger(trx, caller, id, 'revoke');
    if (!(await revokeApiKey(trx, id))) throw notFound('key');
    await audit(trx, caller.actor, 'revoked', id);
  });
}

export async function findApiKeys({ db }: ServiceContext, request: PageRequest): Promise<PageResult<ApiKeyRow>> {
  return await readPage(request, (page) => listApiKeys(db, page));
}

function expiryFaults({ expiresAt }: Pick<NewApiKey, 'expiresAt'>): Fault[] {
  if (expiresAt === null || expiresAt > new Date()) return [];
  return [{ pointer: '/expires_at', code: 'in_the_past', message: 'This moment has passed.' }];
}

/** What a caller would hand out without having it. */
function rightFaults(caller: Caller, ownEnd: Date | null, { scopes, expiresAt }: Omit<NewApiKey, 'name'>): Fault[] {
  const faults: Fault[] = scopes.flatMap((scope, index) => {
    if (caller.scopes.includes(scope)) return [];
    const message = `Your own key lacks the scope ${scope}, so it cannot be handed out.`;
    return [{ pointer: `/scopes/${index}`, code: MISSING_SCOPE, message }];
  });
  if (ownEnd === null || !outlasts(expiresAt, ownEnd)) return faults;
  const message = `Your own key expires at ${ownEnd.toISOString()}; one that you make expires then at the latest.`;
  return [...faults, { pointer: '/expires_at', code: MISSING_SCOPE, message }];
}

/** When the caller's own key expires; null for never. */
async function ownExpiry(db: Database, { apiKeyId }: Caller): Promise<Date | null> {
  return apiKeyId === null ? null : ((await findApiKey(db, apiKeyId))?.expires_at ?? null);
}

function outlasts(expiresAt: Date | null, end: Date): boolean {
  return expiresAt === null || expiresAt > end;
}

async function refuseStronger(
  db: Database,
  caller: Caller,
  id: string,
  act: 'rotate' | 'revoke' = 'rotate',
): Promise<void> {
  const { scopes, expires_at: expiresAt } = await readKey(db, id);
  const lacking = scopes.filter((scope) => !caller.scopes.includes(scope));
  if (lacking.length > 0) {
    const message = `The key may do what your own may not (${lacking.join(', ')}); ${act} it with a key that has these scopes.`;
    throw new ServiceError('forbidden', MISSING_SCOPE, message);
  }
  const ownEnd = act === 'rotate' ? await ownExpiry(db, caller) : null;
  if (ownEnd === null || !outlasts(expiresAt, ownEnd)) return;
  const message = `The key outlasts your own, which expires at ${ownEnd.toISOString()}; rotate it with one that does not.`;
  throw new ServiceError('forbidden', MISSING_SCOPE, message);
}

async function readKey(db: Database, id: string): Promise<ApiKeyRow> {
  const key = await findApiKey(db, id);
  if (key === undefined) throw notFound('key');
  return key;
}

async function audit(db: Database, actor: string, verb: string, id: string): Promise<void> {
  await insertAuditEntry(db, { actor, action: `key.${verb}`, resourceType: 'key', resourceId: id });
}

function newSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** Secrets are 256 random bits, so a plain hash cannot be guessed backwards. */
function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
