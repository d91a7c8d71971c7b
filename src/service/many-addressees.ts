import { insertAuditEntries } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { insertRecipients, listSought, type Sought, updateRecipients } from '../db/many-recipients.ts';
import { lockPeople } from '../db/recipients.ts';
import type { Sealer } from '../db/sealer.ts';
import { isUuid } from '../domain/uuid.ts';
import type { Caller, ServiceContext } from './context.ts';
import type { MessageRequest } from './message-input.ts';
import { type Addressee, unknownRecipient } from './message-recipient.ts';
import { type People, peopleInMemory } from './people-in-memory.ts';
import { peopleRight } from './person-changes.ts';
import { type ParsedRecipient, parseRecipient } from './recipient-input.ts';
import { hashesOf } from './recipient-record.ts';
import { faultsError, type ServiceError } from './service-error.ts';

/** Reads whom many messages are for, in a few statements. */
export async function readManyPeople(
  { db, sealer }: Pick<ServiceContext, 'db' | 'sealer'>,
  recipients: readonly MessageRequest['recipient'][],
): Promise<People> {
  const references = new Set(recipients.filter((recipient) => typeof recipient === 'string'));
  const described = recipients.flatMap((recipient) => {
    if (typeof recipient === 'string') return [];
    const { parsed, faults } = parseRecipient(recipient, '');
    return faults.length === 0 ? [parsed] : [];
  });
  const sought = {
    ids: [...references].filter(isUuid),
    externalIdHashes: [...references].map((reference) => sealer.lookupHash('external_id', reference)),
    people: described.map(({ details }) => hashesOf(sealer, details)),
  };
  return peopleInMemory(sealer, await listSought(db, sought, false));
}

/**
 * Stores the people of many messages, or makes sure that they are still there, in a few statements. Nobody is erased
 * until the transaction ends.
 * @returns a recipient's id for each of them; or why there is none: the recipient has been erased meanwhile, or is known
 * meanwhile as somebody whom the caller may not change
 */
export async function storeAddressees(
  { sealer }: Pick<ServiceContext, 'sealer'>,
  db: Database,
  caller: Caller,
  addressees: readonly Pick<Addressee, 'recipient'>[],
): Promise<(string | ServiceError)[]> {
  const sought = soughtOf(sealer, addressees);
  await lockPeople(db, sought.people);
  const people = peopleInMemory(sealer, await listSought(db, sought, true));
  const right = peopleRight(caller);
  const ids = addressees.map(({ recipient }) => {
    if ('parsed' in recipient) return people.merge(recipient.parsed, right);
    return people.has(recipient.id) ? recipient.id : faultsError([unknownRecipient()]);
  });
  const { added, changed } = people.changes();
  await insertRecipients(db, added);
  await updateRecipients(db, changed);
  const saved = { actor: caller.actor, action: 'recipient.saved', resourceType: 'recipient' };
  await insertAuditEntries(
    db,
    [...added, ...changed].map(({ id }) => ({ ...saved, resourceId: id })),
  );
  return ids;
}

function soughtOf(sealer: Sealer, addressees: readonly Pick<Addressee, 'recipient'>[]): Sought {
  const ids = new Set<string>();
  const described: ParsedRecipient[] = [];
  for (const { recipient } of addressees) {
    if ('id' in recipient) ids.add(recipient.id);
    else described.push(recipient.parsed);
  }
  return { ids: [...ids], externalIdHashes: [], people: described.map(({ details }) => hashesOf(sealer, details)) };
}
