import { insertAuditEntry } from '../db/audit-log.ts';
import { type Database, isUniqueViolation } from '../db/database.ts';
import { deleteOptOutsExcept, insertOptOuts } from '../db/opt-outs.ts';
import {
  findRecipient,
  findRecipientByExternalId,
  listRecipients,
  lockPeople,
  lockRecipient,
  type RecipientFilter,
  type RecipientHashes,
  updatePreferences,
  updateRecipient,
} from '../db/recipients.ts';
import type { Sealer } from '../db/sealer.ts';
import { type OptOut, optOutCode } from '../domain/opt-outs.ts';
import { isUuid } from '../domain/uuid.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { mergeRecipient } from './merge-recipient.ts';
import {
  type ParsedRecipient,
  parseRecipient,
  preferenceFaults,
  type RecipientInput,
  type RecipientProfileInput,
} from './recipient-input.ts';
import { hashesOf, openRecipient, type Recipient, sealRecipient } from './recipient-record.ts';
import { type Fault, notFound, refuseFaults, ServiceError } from './service-error.ts';

export type { Recipient };

/** Where opt-outs that callers of these verbs state come from. */
const SOURCE = 'api';

/** A stored recipient by its id or its external id. */
export async function findRecipientByReference(
  { db, sealer }: Pick<ServiceContext, 'db' | 'sealer'>,
  reference: string,
): Promise<Recipient | null> {
  const byId = isUuid(reference) ? await findRecipient(db, reference) : undefined;
  const row = byId ?? (await findRecipientByExternalId(db, sealer.lookupHash('external_id', reference)));
  return row === undefined ? null : openRecipient(sealer, row);
}

/**
 * Stores a recipient, or merges what is given into the one that is the same person. Opt-outs are added to those that
 * are known; preferences of somebody who is known better stay as they are.
 * @throws {ServiceError} invalid
 */
export async function createRecipient(
  { db, sealer }: ServiceContext,
  { actor }: Caller,
  input: RecipientProfileInput,
  beforeCommit?: BeforeCommit<Recipient>,
): Promise<Recipient> {
  const parsed = readInput(input);
  return await db.transaction().execute(async (trx) => {
    const { id, as } = await mergeRecipient(trx, sealer, parsed, 'change');
    if (as !== 'known_better') await storePreferences(trx, id, input);
    const added = await insertOptOuts(trx, id, input.optOuts ?? [], SOURCE);
    if (added.length > 0) await updatePreferences(trx, id, {});
    await audit(trx, actor, 'recipient.saved', id, { opted_out: added });
    const recipient = openRecipient(sealer, await readRow(trx, id));
    await beforeCommit?.(trx, recipient);
    return recipient;
  });
}

/** @throws {ServiceError} not_found */
export async function getRecipient({ db, sealer }: ServiceContext, id: string): Promise<Recipient> {
  return openRecipient(sealer, await readRow(db, id));
}

/**
 * Replaces what is known of a recipient; what is left out is forgotten, except for opt-outs: those are lifted only by
 * a list without them, never by silence.
 * @throws {ServiceError} invalid, not_found, stale; conflict where another recipient has this external id
 */
export async function changeRecipient(
  { db, sealer }: ServiceContext,
  { actor }: Caller,
  id: string,
  input: RecipientProfileInput,
  isExpected: (recipient: Recipient) => boolean,
): Promise<Recipient> {
  const parsed = readInput(input);
  try {
    return await db.transaction().execute(async (trx) => {
      await lockPeople(trx, [hashesOf(sealer, parsed.details)]);
      const row = await lockRecipient(trx, id);
      if (row === undefined) throw notFound('recipient');
      if (!isExpected(openRecipient(sealer, row))) {
        throw new ServiceError('stale', 'stale', 'The recipient has changed since; read it again.');
      }
      await updateRecipient(trx, sealRecipient(sealer, id, parsed));
      await storePreferences(trx, id, { preferredChannels: [], quietHours: null, ...input });
      const changes = input.optOuts === undefined ? {} : await replaceOptOuts(trx, id, input.optOuts);
      await audit(trx, actor, 'recipient.changed', id, changes);
      return openRecipient(sealer, await readRow(trx, id));
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = 'Another recipient has this external id, or these addresses.';
    throw new ServiceError('conflict', 'recipient_exists', message);
  }
}

export interface RecipientQuery {
  readonly externalId?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly whatsapp?: string | undefined;
  readonly locale?: string | undefined;
}

/** Recipients, all of them or those with exactly this external id or address, and of this locale. */
export async function findRecipients(
  { db, sealer }: ServiceContext,
  { locale, ...by }: RecipientQuery,
  request: PageRequest,
): Promise<PageResult<Recipient>> {
  const filter = searchHash(sealer, by);
  if (filter === 'nobody') return { items: [], next: null, previous: null };
  const full = locale === undefined ? filter : { ...filter, locale };
  const { items, ...links } = await readPage(request, (page) => listRecipients(db, { ...full, ...page }));
  return { items: items.map((row) => openRecipient(sealer, row)), ...links };
}

/** All that is wrong with a description of a person. */
export function profileFaults(input: RecipientProfileInput): Fault[] {
  return readProfile(input).faults;
}

function readProfile(input: RecipientProfileInput): { parsed: ParsedRecipient; faults: Fault[] } {
  const { parsed, faults } = parseRecipient(input, '');
  return { parsed, faults: [...faults, ...preferenceFaults(input)] };
}

function readInput(input: RecipientProfileInput): ParsedRecipient {
  const { parsed, faults } = readProfile(input);
  refuseFaults(faults);
  return parsed;
}

async function readRow(db: Database, id: string) {
  const row = await findRecipient(db, id);
  if (row === undefined) throw notFound('recipient');
  return row;
}

async function storePreferences(
  db: Database,
  id: string,
  { preferredChannels, quietHours }: RecipientProfileInput,
): Promise<void> {
  if (preferredChannels === undefined && quietHours === undefined) return;
  await updatePreferences(db, id, {
    ...(preferredChannels === undefined ? {} : { preferred_channels: [...preferredChannels] }),
    ...(quietHours === undefined ? {} : { quiet_hours: quietHours }),
  });
}

async function replaceOptOuts(db: Database, id: string, optOuts: readonly OptOut[]) {
  const lifted = await deleteOptOutsExcept(db, id, optOuts);
  const added = await insertOptOuts(db, id, optOuts, SOURCE);
  return { opted_out: added, opted_in: lifted };
}

async function audit(
  db: Database,
  actor: string,
  action: string,
  id: string,
  changes: Readonly<Record<string, readonly OptOut[]>>,
): Promise<void> {
  const named = Object.entries(changes).filter(([, optOuts]) => optOuts.length > 0);
  const detail = Object.fromEntries(named.map(([name, optOuts]) => [name, optOuts.map(optOutCode).join(', ')]));
  await insertAuditEntry(db, { actor, action, resourceType: 'recipient', resourceId: id, detail });
}

/** The hash to search by; several criteria are refused, and an address that cannot exist finds nobody. */
function searchHash(sealer: Sealer, by: Omit<RecipientQuery, 'locale'>): Omit<RecipientFilter, 'locale'> | 'nobody' {
  const given = Object.entries(by).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const message = 'Search by one of external_id, email, phone and whatsapp at a time.';
    refuseFaults([{ pointer: '', code: 'too_many_filters', message }]);
  }
  if (given.length === 0) return {};
  const { parsed, faults } = parseRecipient(by as RecipientInput, '');
  if (faults.length > 0) return 'nobody';
  const hashes: RecipientHashes = hashesOf(sealer, parsed.details);
  const columns = ['external_id_hash', 'email_hash', 'phone_hash', 'whatsapp_hash'] as const;
  for (const column of columns) {
    const value = hashes[column];
    if (value !== null) return { hash: { column, value } };
  }
  return 'nobody';
}
