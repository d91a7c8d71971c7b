import { v7 as uuidv7 } from 'uuid';
import type { RecipientHashes, RecipientRow, RecipientValues } from '../db/recipients.ts';
import type { Sealer } from '../db/sealer.ts';
import { isUuid } from '../domain/uuid.ts';
import { changedPerson, forbiddenChanges, type Recognition, recogniseAmong } from './merge-recipient.ts';
import type { PeopleReader } from './message-recipient.ts';
import type { PeopleRight } from './person-changes.ts';
import type { ParsedRecipient } from './recipient-input.ts';
import { hashesOf, openRecipient, sealRecipient } from './recipient-record.ts';
import { faultsError, ServiceError } from './service-error.ts';

/** People who have been read from the database, among whom others are recognised as the database would have it. */
export interface People extends PeopleReader {
  has(id: string): boolean;
  /**
   * Merges the person described into the one that they are, or adds them, in memory.
   * @returns the recipient's id, or why the caller may not do that
   */
  merge(parsed: ParsedRecipient, right: PeopleRight): string | ServiceError;
  /** What has been added and changed by merging, to be stored. */
  changes(): { readonly added: RecipientValues[]; readonly changed: RecipientValues[] };
}

const ADDRESSES = ['email_hash', 'phone_hash', 'whatsapp_hash'] as const;

export function peopleInMemory(sealer: Sealer, rows: readonly RecipientRow[]): People {
  const byId = new Map<string, RecipientRow>();
  /** Ids by each hash that the row has, or had before a merge. */
  const byHash = new Map<string, Set<string>>();
  const added = new Set<string>();
  const changed = new Set<string>();

  function put(row: RecipientRow): void {
    byId.set(row.id, row);
    for (const key of keysOf(row)) byHash.set(key, (byHash.get(key) ?? new Set()).add(row.id));
  }

  function withHash(column: keyof RecipientHashes, hash: Buffer): RecipientRow[] {
    const found = [...(byHash.get(keyOf(column, hash)) ?? [])].flatMap((id) => byId.get(id) ?? []);
    return found.filter((row) => row[column]?.equals(hash) === true);
  }

  function recognise(parsed: ParsedRecipient): Recognition | null {
    const hashes = hashesOf(sealer, parsed.details);
    const same = withHash('identity_hash', hashes.identity_hash);
    if (same.length > 0) return recogniseAmong(hashes, same);
    const given = ADDRESSES.filter((column) => hashes[column] !== null);
    const [first] = given;
    if (first === undefined) return null;
    const alike = withHash(first, hashes[first] as Buffer).filter(
      (row) =>
        given.every((column) => row[column]?.equals(hashes[column] as Buffer) === true) &&
        (hashes.external_id_hash === null || row.external_id_hash === null),
    );
    return recogniseAmong(hashes, alike);
  }

  for (const row of rows) put(row);
  return {
    async byReference(reference) {
      const row =
        (isUuid(reference) ? byId.get(reference.toLowerCase()) : undefined) ??
        withHash('external_id_hash', sealer.lookupHash('external_id', reference))[0];
      return row === undefined ? null : openRecipient(sealer, row);
    },
    recognise: async (parsed) => recognise(parsed),
    has: (id) => byId.has(id),
    merge(parsed, right) {
      const found = recognise(parsed);
      if (found === null) {
        const row = newRow(sealer, parsed);
        put(row);
        added.add(row.id);
        return row.id;
      }
      const { id } = found.row;
      const merged = changedOrRefused(sealer, found, parsed, right);
      if (merged === null || merged instanceof ServiceError) return merged ?? id;
      put({ ...found.row, ...sealRecipient(sealer, id, merged) });
      if (!added.has(id)) changed.add(id);
      return id;
    },
    changes() {
      const values = (ids: ReadonlySet<string>) => [...ids].map((id) => valuesOf(byId.get(id) as RecipientRow));
      return { added: values(added), changed: values(changed) };
    },
  };
}

function changedOrRefused(
  sealer: Sealer,
  { row, as }: Recognition,
  parsed: ParsedRecipient,
  right: PeopleRight,
): ParsedRecipient | ServiceError | null {
  const known = openRecipient(sealer, row);
  const forbidden = forbiddenChanges(sealer, known, parsed, { as, right });
  return forbidden.length > 0 ? faultsError(forbidden) : changedPerson(known, parsed, as, right);
}

function newRow(sealer: Sealer, parsed: ParsedRecipient): RecipientRow {
  const now = new Date();
  const nothing = { preferred_channels: [], quiet_hours: null, opt_outs: [], created_at: now, updated_at: now };
  return { ...sealRecipient(sealer, uuidv7(), parsed), ...nothing };
}

function valuesOf(row: RecipientRow): RecipientValues {
  const { id, identity_hash, external_id_hash, email_hash, phone_hash, whatsapp_hash } = row;
  const { details_sealed, locale, time_zone } = row;
  return {
    ...{ id, identity_hash, external_id_hash, email_hash, phone_hash, whatsapp_hash },
    ...{ details_sealed, locale, time_zone },
  };
}

function keysOf(row: RecipientHashes): string[] {
  const columns = ['identity_hash', 'external_id_hash', ...ADDRESSES] as const;
  return columns.flatMap((column) => {
    const hash = row[column];
    return hash === null ? [] : [keyOf(column, hash)];
  });
}

function keyOf(column: keyof RecipientHashes, hash: Buffer): string {
  return `${column}:${hash.toString('base64')}`;
}
