import { v7 as uuidv7 } from 'uuid';
import { addressHash } from '../db/address-hash.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import { type Database, isUniqueViolation } from '../db/database.ts';
import {
  findRecipient,
  findRecipientByExternalId,
  insertRecipient,
  listRecipients,
  lockRecipient,
  lockRecipientByIdentity,
  type RecipientHashes,
  type RecipientRow,
  type RecipientValues,
  updateRecipient,
} from '../db/recipients.ts';
import type { Sealer } from '../db/sealer.ts';
import type { Channel } from '../domain/channels.ts';
import type { RecipientDetails } from '../domain/recipient.ts';
import { parseEmail, parsePhone } from './addresses.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { type Fault, notFound, refuseFaults, ServiceError } from './service-error.ts';

/** A person as a caller describes them; what is left out is not known, or stays as it is. */
export interface RecipientInput {
  readonly externalId?: string | null;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly whatsapp?: string | null;
  readonly locale?: string | null;
  readonly timeZone?: string | null;
}

export interface Recipient extends RecipientDetails {
  readonly id: string;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A person whose addresses have been read. */
export interface ParsedRecipient {
  readonly details: RecipientDetails;
  readonly locale: string | null;
  readonly timeZone: string | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Reads addresses, locale and time zone of an inline recipient; faults point below `pointer`. */
export function parseRecipient(input: RecipientInput, pointer: string): { parsed: ParsedRecipient; faults: Fault[] } {
  const faults: Fault[] = [];
  const read = (field: 'email' | 'phone' | 'whatsapp', parse: typeof parseEmail): string | null => {
    const text = input[field] ?? null;
    if (text === null) return null;
    const result = parse(text);
    if ('value' in result) return result.value;
    faults.push({ pointer: `${pointer}/${field}`, ...result.fault });
    return null;
  };
  const details: RecipientDetails = {
    externalId: input.externalId ?? null,
    name: input.name ?? null,
    email: read('email', parseEmail),
    phone: read('phone', parsePhone),
    whatsapp: read('whatsapp', parsePhone),
  };
  const locale = input.locale ?? null;
  if (locale !== null && !isLocale(locale)) {
    faults.push({ pointer: `${pointer}/locale`, code: 'invalid_locale', message: 'Not a language tag such as pt-BR.' });
  }
  const timeZone = input.timeZone ?? null;
  if (timeZone !== null && !isTimeZone(timeZone)) {
    const message = 'Not an IANA time zone such as Europe/London.';
    faults.push({ pointer: `${pointer}/time_zone`, code: 'invalid_time_zone', message });
  }
  const isKnowable = [details.externalId, details.email, details.phone, details.whatsapp].some((text) => text !== null);
  if (!isKnowable && faults.length === 0) {
    const message = 'A recipient needs an external_id or an address.';
    faults.push({ pointer, code: 'recipient_unknown', message });
  }
  return { parsed: { details, locale, timeZone }, faults };
}

/** A stored recipient by its id or its external id. */
export async function findRecipientByReference(
  { db, sealer }: ServiceContext,
  reference: string,
): Promise<Recipient | null> {
  const byId = UUID.test(reference) ? await findRecipient(db, reference) : undefined;
  const row = byId ?? (await findRecipientByExternalId(db, sealer.lookupHash('external_id', reference)));
  return row === undefined ? null : openRecipient(sealer, row);
}

/**
 * Stores an inline recipient, or merges it into the one of the same external id (or, without one, of the same
 * addresses). Callers at the same moment get the same recipient.
 */
export async function mergeRecipient(db: Database, sealer: Sealer, parsed: ParsedRecipient): Promise<Recipient> {
  const { identity_hash: identity } = hashesOf(sealer, parsed.details);
  for (;;) {
    const known = await lockRecipientByIdentity(db, identity);
    if (known !== undefined) return await mergeInto(db, sealer, known, parsed);
    const values = sealRecipient(sealer, uuidv7(), parsed);
    if (await insertRecipient(db, values)) {
      const now = new Date();
      return openRecipient(sealer, { ...values, created_at: now, updated_at: now });
    }
  }
}

/** @throws {ServiceError} invalid */
export async function createRecipient(
  context: ServiceContext,
  caller: Caller,
  input: RecipientInput,
  beforeCommit?: BeforeCommit<Recipient>,
): Promise<Recipient> {
  const { parsed, faults } = parseRecipient(input, '');
  refuseFaults(faults);
  return await context.db.transaction().execute(async (db) => {
    const recipient = await mergeRecipient(db, context.sealer, parsed);
    await insertAuditEntry(db, {
      ...{ actor: caller.actor, action: 'recipient.saved', resourceType: 'recipient', resourceId: recipient.id },
    });
    await beforeCommit?.(db, recipient);
    return recipient;
  });
}

/** @throws {ServiceError} not_found */
export async function getRecipient({ db, sealer }: ServiceContext, id: string): Promise<Recipient> {
  const row = await findRecipient(db, id);
  if (row === undefined) throw notFound('recipient');
  return openRecipient(sealer, row);
}

/**
 * Replaces what is known of a recipient; what is left out is forgotten.
 * @throws {ServiceError} invalid, not_found, stale; conflict where another recipient has this external id
 */
export async function changeRecipient(
  { db, sealer }: ServiceContext,
  caller: Caller,
  id: string,
  input: RecipientInput,
  isExpected: (recipient: Recipient) => boolean,
): Promise<Recipient> {
  const { parsed, faults } = parseRecipient(input, '');
  refuseFaults(faults);
  try {
    return await db.transaction().execute(async (trx) => {
      const row = await lockRecipient(trx, id);
      if (row === undefined) throw notFound('recipient');
      if (!isExpected(openRecipient(sealer, row))) {
        throw new ServiceError('stale', 'stale', 'The recipient has changed since; read it again.');
      }
      await updateRecipient(trx, sealRecipient(sealer, id, parsed));
      await insertAuditEntry(trx, {
        ...{ actor: caller.actor, action: 'recipient.changed', resourceType: 'recipient', resourceId: id },
      });
      return openRecipient(sealer, (await findRecipient(trx, id)) ?? row);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = 'Another recipient has this external id, or these addresses.';
    throw new ServiceError('conflict', 'recipient_exists', message);
  }
}

/** Recipients, all of them or those with exactly this external id or address. */
export async function findRecipients(
  { db, sealer }: ServiceContext,
  by: { [Field in 'externalId' | 'email' | 'phone' | 'whatsapp']?: string | undefined },
  request: PageRequest,
): Promise<PageResult<Recipient>> {
  const filter = searchHash(sealer, by);
  if (filter === 'nobody') return { items: [], next: null, previous: null };
  const { items, ...links } = await readPage(request, (page) => listRecipients(db, { ...filter, ...page }));
  return { items: items.map((row) => openRecipient(sealer, row)), ...links };
}

export function openRecipient(sealer: Sealer, row: RecipientRow): Recipient {
  return {
    id: row.id,
    ...sealer.open<RecipientDetails>(row.details_sealed, detailsContext(row.id)),
    locale: row.locale,
    timeZone: row.time_zone,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

async function mergeInto(db: Database, sealer: Sealer, row: RecipientRow, parsed: ParsedRecipient): Promise<Recipient> {
  const known = openRecipient(sealer, row);
  const merged: ParsedRecipient = {
    details: {
      externalId: known.externalId,
      name: parsed.details.name ?? known.name,
      email: parsed.details.email ?? known.email,
      phone: parsed.details.phone ?? known.phone,
      whatsapp: parsed.details.whatsapp ?? known.whatsapp,
    },
    locale: parsed.locale ?? known.locale,
    timeZone: parsed.timeZone ?? known.timeZone,
  };
  const { id, createdAt } = known;
  const before = { details: pickDetails(known), locale: known.locale, timeZone: known.timeZone };
  if (JSON.stringify(before) === JSON.stringify(merged)) return known;
  await updateRecipient(db, sealRecipient(sealer, id, merged));
  const { locale, timeZone } = merged;
  return { id, ...merged.details, locale, timeZone, createdAt, updatedAt: new Date() };
}

function pickDetails({ externalId, name, email, phone, whatsapp }: Recipient): RecipientDetails {
  return { externalId, name, email, phone, whatsapp };
}

function sealRecipient(sealer: Sealer, id: string, { details, locale, timeZone }: ParsedRecipient): RecipientValues {
  return {
    id,
    ...hashesOf(sealer, details),
    details_sealed: sealer.seal(details, detailsContext(id)),
    locale,
    time_zone: timeZone,
  };
}

function hashesOf(sealer: Sealer, { externalId, email, phone, whatsapp }: RecipientDetails): RecipientHashes {
  const hash = (kind: string, value: string | null) => (value === null ? null : sealer.lookupHash(kind, value));
  const hashOn = (channel: Channel, address: string | null) =>
    address === null ? null : addressHash(sealer, channel, address);
  const addresses = JSON.stringify([email?.toLowerCase() ?? null, phone, whatsapp]);
  return {
    identity_hash: hash('external_identity', externalId) ?? sealer.lookupHash('address_identity', addresses),
    external_id_hash: hash('external_id', externalId),
    email_hash: hashOn('email', email),
    phone_hash: hashOn('sms', phone),
    whatsapp_hash: hashOn('whatsapp', whatsapp),
  };
}

/** The hash to search by; several criteria are refused, and an address that cannot exist finds nobody. */
function searchHash(
  sealer: Sealer,
  by: { [Field in 'externalId' | 'email' | 'phone' | 'whatsapp']?: string | undefined },
): { hash?: { column: keyof RecipientHashes; value: Buffer } } | 'nobody' {
  const given = Object.entries(by).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const message = 'Search by one of external_id, email, phone and whatsapp at a time.';
    refuseFaults([{ pointer: '', code: 'too_many_filters', message }]);
  }
  if (given.length === 0) return {};
  const { parsed, faults } = parseRecipient(by as RecipientInput, '');
  if (faults.length > 0) return 'nobody';
  const hashes = hashesOf(sealer, parsed.details);
  const columns = ['external_id_hash', 'email_hash', 'phone_hash', 'whatsapp_hash'] as const;
  for (const column of columns) {
    const value = hashes[column];
    if (value !== null) return { hash: { column, value } };
  }
  return 'nobody';
}

function detailsContext(id: string): string {
  return `recipients.details:${id}`;
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
