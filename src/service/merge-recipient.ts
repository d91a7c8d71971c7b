import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import {
  insertRecipient,
  listCandidates,
  lockPeople,
  lockRecipientByIdentity,
  type RecipientHashes,
  type RecipientRow,
  updateRecipient,
} from '../db/recipients.ts';
import type { Sealer } from '../db/sealer.ts';
import type { ParsedRecipient } from './recipient-input.ts';
import { hashesOf, openRecipient, type Recipient, sealRecipient } from './recipient-record.ts';

/**
 * A stored recipient who is the person that a caller describes, and why:
 *
 * - `same`: of the same external id or, without one, of exactly the same addresses
 * - `adopted`: the only one without an external id who has every given address; the external id becomes theirs
 * - `known_better`: the only one who has every given address, and who is known by more than those. Somebody who knows
 *   only an address changes nothing of them
 */
export interface Recognition {
  readonly row: RecipientRow;
  readonly as: 'same' | 'adopted' | 'known_better';
}

export interface MergedRecipient {
  /** Locked until the transaction ends. */
  readonly id: string;
  readonly as: Recognition['as'] | 'new';
  /** Whether something was written. */
  readonly isChanged: boolean;
}

/** Looks for the stored recipient who is the person described; null where there is none, or more than one could be. */
export async function recogniseRecipient(
  db: Database,
  sealer: Sealer,
  { details }: ParsedRecipient,
): Promise<Recognition | null> {
  const hashes = hashesOf(sealer, details);
  return recogniseAmong(hashes, await listCandidates(db, hashes));
}

/**
 * The person as they are known once the description has been merged in: what it gives takes the place of what was
 * known, what it leaves out stays.
 */
export function mergedPerson(known: Recipient, parsed: ParsedRecipient, as: Recognition['as']): ParsedRecipient {
  const { externalId, name, email, phone, whatsapp, locale, timeZone } = known;
  const before = { details: { externalId, name, email, phone, whatsapp }, locale, timeZone };
  if (as === 'known_better') return before;
  return {
    details: {
      externalId: parsed.details.externalId ?? externalId,
      name: parsed.details.name ?? name,
      email: parsed.details.email ?? email,
      phone: parsed.details.phone ?? phone,
      whatsapp: parsed.details.whatsapp ?? whatsapp,
    },
    locale: parsed.locale ?? locale,
    timeZone: parsed.timeZone ?? timeZone,
  };
}

/**
 * Stores the person described, or merges the description into the recipient that they are. Callers at the same moment
 * get the same recipient.
 */
export async function mergeRecipient(db: Database, sealer: Sealer, parsed: ParsedRecipient): Promise<MergedRecipient> {
  const hashes = hashesOf(sealer, parsed.details);
  await lockPeople(db, [hashes]);
  for (;;) {
    const found = recogniseAmong(hashes, await listCandidates(db, hashes));
    if (found === null) {
      const id = uuidv7();
      if (!(await insertRecipient(db, sealRecipient(sealer, id, parsed)))) continue;
      return { id, as: 'new', isChanged: true };
    }
    const row = await lockRecipientByIdentity(db, found.row.identity_hash);
    if (row === undefined || !isSamePerson(row, found.row)) continue;
    const isChanged = await mergeInto(db, sealer, { row, as: found.as }, parsed);
    return { id: row.id, as: found.as, isChanged };
  }
}

/** @param candidates who may be the person: the one of the same identity first, where there is one */
export function recogniseAmong(hashes: RecipientHashes, candidates: readonly RecipientRow[]): Recognition | null {
  const [first, second] = candidates;
  if (first === undefined) return null;
  if (first.identity_hash.equals(hashes.identity_hash)) return { row: first, as: 'same' };
  if (second !== undefined) return null;
  return { row: first, as: hashes.external_id_hash === null ? 'known_better' : 'adopted' };
}

async function mergeInto(
  db: Database,
  sealer: Sealer,
  { row, as }: Recognition,
  parsed: ParsedRecipient,
): Promise<boolean> {
  const changed = changedPerson(openRecipient(sealer, row), parsed, as);
  if (changed === null) return false;
  await updateRecipient(db, sealRecipient(sealer, row.id, changed));
  return true;
}

/** The person with the description merged in; null where it tells nothing new. */
export function changedPerson(
  known: Recipient,
  parsed: ParsedRecipient,
  as: Recognition['as'],
): ParsedRecipient | null {
  const merged = mergedPerson(known, parsed, as);
  const isSame = JSON.stringify(merged) === JSON.stringify(mergedPerson(known, parsed, 'known_better'));
  return isSame ? null : merged;
}

/** Whether a row, once it is locked, is still known by what it was recognised by. */
function isSamePerson(locked: RecipientRow, seen: RecipientRow): boolean {
  const isEqual = (one: Buffer | null, other: Buffer | null) => (one === null ? other === null : other?.equals(one));
  return (['email_hash', 'phone_hash', 'whatsapp_hash'] as const).every((name) => isEqual(locked[name], seen[name]));
}
