import { type SqlBool, sql } from 'kysely';
import type { Database } from './database.ts';
import { insertRows, rowsJson } from './insert-rows.ts';
import { type RecipientHashes, type RecipientRow, type RecipientValues, selectRecipients } from './recipients.ts';

/*
 * The people of many messages at once: a statement or two for each step, however many people there are.
 */

/** Whom to look for: by id, by external id, or by all that is known of them. */
export interface Sought {
  readonly ids: readonly string[];
  readonly externalIdHashes: readonly Buffer[];
  readonly people: readonly RecipientHashes[];
}

/**
 * Recipients of these ids and external ids, and for each person those who may be them, as `listCandidates` gives them
 * for one person.
 * @param isLocked whether nobody can change or erase them until the transaction ends. The rows are locked in the order
 * of their ids, so that two callers never wait in a circle; messages can still be added for them meanwhile
 */
export async function listSought(db: Database, sought: Sought, isLocked: boolean): Promise<RecipientRow[]> {
  const ids = [...sought.ids, ...(await candidateIds(db, sought))];
  const query = selectRecipients(db).where(sql<SqlBool>`id = any(${ids}::uuid[])`).orderBy('id');
  return await (isLocked ? query.forNoKeyUpdate() : query).execute();
}

/** More than one who could be a person is too many to choose from. */
const CANDIDATES = 2;

/** Each person is looked for by one of their addresses, so that an index finds them; the others are compared then. */
async function candidateIds(db: Database, { people, externalIdHashes }: Sought): Promise<string[]> {
  const led = (address: string, condition: string) => sql`
    select found.id from person p cross join lateral (
      select id from recipients r
      where r.${sql.ref(address)} = p.${sql.ref(address)} and ${sql.raw(condition)}
        and (p.external_id_hash is null or r.external_id_hash is null) and r.erased_at is null
      limit ${sql.lit(CANDIDATES)}
    ) found`;
  const same = (address: string) => `(p.${address} is null or r.${address} = p.${address})`;
  const { rows } = await sql<{ id: string }>`
    with person as materialized (select * from json_populate_recordset(null::recipients, ${rowsJson(people)}::json))
    select r.id from person p join recipients r on r.identity_hash = p.identity_hash
    union ${led('email_hash', `${same('phone_hash')} and ${same('whatsapp_hash')}`)}
    union ${led('phone_hash', `p.email_hash is null and ${same('whatsapp_hash')}`)}
    union ${led('whatsapp_hash', 'p.email_hash is null and p.phone_hash is null')}
    union select id from recipients where external_id_hash = any(${externalIdHashes}::bytea[])
  `.execute(db);
  return rows.map(({ id }) => id);
}

/** Stores people whose hashes the caller has locked, so that nobody of the same identity is there. */
export async function insertRecipients(db: Database, recipients: readonly RecipientValues[]): Promise<void> {
  await insertRows(db, 'recipients', recipients);
}

export async function updateRecipients(db: Database, recipients: readonly RecipientValues[]): Promise<void> {
  if (recipients.length === 0) return;
  await sql`
    update recipients r set
      identity_hash = n.identity_hash, external_id_hash = n.external_id_hash, email_hash = n.email_hash,
      phone_hash = n.phone_hash, whatsapp_hash = n.whatsapp_hash, details_sealed = n.details_sealed,
      locale = n.locale, time_zone = n.time_zone, updated_at = now()
    from json_populate_recordset(null::recipients, ${rowsJson(recipients)}::json) n where r.id = n.id
  `.execute(db);
}
