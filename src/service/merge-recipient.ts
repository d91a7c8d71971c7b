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
import { changeFaults, type PeopleRight } from './person-changes.ts';
import type { ParsedRecipient } from './recipient-input.ts';
import { hashesOf, openRecipient, type Recipient, sealRecipient } from './recipient-record.ts';
import { type Fault, refuseFaults } from './service-error.ts';

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
 * known, if its caller may change that, and what it leaves out stays.
 */
export function mergedPerson(
  known: Recipient,
  parsed: ParsedRecipient,
  as: Recognition['as'],
  right: PeopleRight,
): ParsedRecipient {
  const before = personOf(known);
  if (as === 'known_better') return before;
  const [first, second] = right === 'change' ? [parsed, before] : [before, parsed];
  return {
    details: {
      externalId: first.details.externalId ?? second.details.externalId,
      name: first.details.name ?? second.details.name,
      email: first.details.email ?? second.details.email,
      phone: first.details.phone ?? second.details.phone,
      whatsapp: first.details.whatsapp ?? second.details.whatsapp,
    },
    locale: first.locale ?? second.locale,
    timeZone: first.timeZone ?? second.timeZone,
  };
}

/** What a caller may not change and would, by describing somebody who is known. Faults point below `/recipient`. */
export function forbiddenChanges(
  sealer: Sealer,
  known: Recipient,
  parsed: ParsedRecipient,
  { as, right }: { as: Recognition['as']; right: PeopleRight },
): Fault[] {
  if (right === 'change' || as === 'known_better') return [];
  return changeFaults(sealer, personOf(known), parsed, '/recipient');
}

function personOf({ externalId, name, email, phone, whatsapp, locale, timeZone }: Recipient): ParsedRecipient {
  return { details: { externalId, name, email, phone, whatsapp }, locale, timeZone };
}

/**
 * Stores the person described, or merges the description into the recipient that they are. Callers at the same moment
 * get the same recipient.
 * @throws {ServiceError} forbidden, if it would change what its caller may not
 */
export async function mergeRecipient(
  db: Database,
  sealer: Sealer,
  parsed: ParsedRecipient,
  right: PeopleRight,
): Promise<MergedRecipient> {
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
    const isChanged = await mergeInto(db, sealer, { row, as: found.as }, { parsed, right });
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
  { parsed, right }: { parsed: ParsedRecipient; right: PeopleRight },
): Promise<boolean> {
  const known = openRecipient(sealer, row);
  refuseFaults(forbiddenChanges(sealer, known, parsed, { as, right }));
  const changed = changedPerson(known, parsed, as, right);
  if (changed === null) return false;
  await updateRecipient(db, sealRecipient(sealer, row.id, changed));
  return true;
}

/** The person with the description merged in; null where it tells nothing new. */
export function changedPerson(
  known: Recipient,
  parsed: ParsedRecipient,
  as: Recognition['as'],
  right: PeopleRight,
): ParsedRecipient | null {
  const merged = mergedPerson(known, parsed, as, right);
  const isSame = JSON.stringify(merged) === JSON.stringify(personOf(known));
  return isSame ? null : merged;
}

/** Whether a row, once it is locked, is still known by what it was recognised by. */
function isSamePerson(locked: RecipientRow, seen: RecipientRow): boolean {
  const isEqual = (one: Buffer | null, other: Buffer | null) => (one === null ? other === null : other?.equals(one));
  return (['email_hash', 'phone_hash', 'whatsapp_hash'] as const).every((name) => isEqual(locked[name], seen[name]));
}
