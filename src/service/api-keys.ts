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
import { notFound, refuseFaults } from './service-error.ts';

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

/** @throws {ServiceError} invalid where the key would have expired already */
export async function createApiKey(
  { db }: Pick<ServiceContext, 'db'>,
  actor: string,
  input: { name: string; scopes: readonly Scope[]; expiresAt: Date | null },
  beforeCommit?: BeforeCommit<ApiKeyWithSecret>,
): Promise<ApiKeyWithSecret> {
  const id = uuidv7();
  const secret = newSecret();
  const { name, expiresAt } = input;
  if (expiresAt !== null && expiresAt <= new Date()) {
    refuseFaults([{ pointer: '/expires_at', code: 'in_the_past', message: 'This moment has passed.' }]);
  }
  return await db.transaction().execute(async (trx) => {
    await insertApiKey(trx, { id, name, hash: hashSecret(secret), scopes: [...new Set(input.scopes)], expiresAt });
    await audit(trx, actor, 'created', id);
    const key = { ...(await readKey(trx, id)), secret };
    await beforeCommit?.(trx, key);
    return key;
  });
}

/**
 * Gives a key a new secret; the old one stops working at once.
 * @throws {ServiceError} not_found
 */
export async function rotateApiKey({ db }: ServiceContext, caller: Caller, id: string): Promise<ApiKeyWithSecret> {
  const secret = newSecret();
  return await db.transaction().execute(async (trx) => {
    if (!(await replaceKeyHash(trx, id, hashSecret(secret)))) throw notFound('key');
    await audit(trx, caller.actor, 'rotated', id);
    return { ...(await readKey(trx, id)), secret };
  });
}

/** @throws {ServiceError} not_found */
export async function revokeApiKeyById({ db }: ServiceContext, caller: Caller, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await revokeApiKey(trx, id))) throw notFound('key');
    await audit(trx, caller.actor, 'revoked', id);
  });
}

export async function findApiKeys({ db }: ServiceContext, request: PageRequest): Promise<PageResult<ApiKeyRow>> {
  return await readPage(request, (page) => listApiKeys(db, page));
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
