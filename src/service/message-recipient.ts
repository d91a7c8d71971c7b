import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { holdRecipient } from '../db/recipients.ts';
import type { Sealer } from '../db/sealer.ts';
import type { Channel } from '../domain/channels.ts';
import type { Caller, ServiceContext } from './context.ts';
import {
  forbiddenChanges,
  mergedPerson,
  mergeRecipient,
  type Recognition,
  recogniseRecipient,
} from './merge-recipient.ts';
import type { MessageInput } from './message-input.ts';
import { type PeopleRight, peopleRight } from './person-changes.ts';
import type { Reach } from './reach.ts';
import { type ParsedRecipient, parseRecipient } from './recipient-input.ts';
import { openRecipient, type Recipient } from './recipient-record.ts';
import { findRecipientByReference } from './recipients.ts';
import { type Fault, refuseFaults } from './service-error.ts';

/** The person that a message is for. */
export interface Addressee {
  /** Stored already, or to be stored with the message. */
  readonly recipient: { readonly id: string } | { readonly parsed: ParsedRecipient };
  /** Null where nothing can be said of it, because the person is unknown or described wrongly. */
  readonly reach: Reach | null;
  readonly locale: string | null;
  readonly timeZone: string | null;
  /** The one they like best first. */
  readonly preferredChannels: readonly Channel[];
  readonly faults: readonly Fault[];
}

/** Finds people who are stored. */
export interface PeopleReader {
  /** By id or external id. */
  byReference(reference: string): Promise<Recipient | null>;
  /** By a description; null where it is nobody's, or that of more than one. */
  recognise(parsed: ParsedRecipient): Promise<Recognition | null>;
}

/** Asks the database for each of them. */
export function readPeople({ db, sealer }: Pick<ServiceContext, 'db' | 'sealer'>): PeopleReader {
  return {
    byReference: (reference) => findRecipientByReference({ db, sealer }, reference),
    recognise: (parsed) => recogniseRecipient(db, sealer, parsed),
  };
}

/** Reads who a message is for, as they will be known once it is accepted. */
export async function readAddressee(
  people: PeopleReader,
  sealer: Sealer,
  recipient: MessageInput['recipient'],
  right: PeopleRight,
): Promise<Addressee> {
  if (typeof recipient !== 'string') {
    return await readInline(people, sealer, parseRecipient(recipient, '/recipient'), right);
  }
  const stored = await people.byReference(recipient);
  if (stored === null) {
    return { ...NOBODY, recipient: { id: '' }, faults: [unknownRecipient()] };
  }
  const { id, locale, timeZone, preferredChannels, optOuts } = stored;
  return { recipient: { id }, reach: { details: stored, optOuts }, locale, timeZone, preferredChannels, faults: [] };
}

const NOBODY = { reach: null, locale: null, timeZone: null, preferredChannels: [] } as const;

/**
 * Stores an inline person, or makes sure that a stored one is still there.
 * @returns the recipient's id; the recipient is not erased until the transaction ends
 * @throws {ServiceError} invalid, where the recipient has been erased meanwhile; forbidden, if they have become known
 * meanwhile as somebody whom the caller may not change
 */
export async function storeAddressee(
  { sealer }: Pick<ServiceContext, 'sealer'>,
  db: Database,
  caller: Caller,
  { recipient }: Pick<Addressee, 'recipient'>,
): Promise<string> {
  if ('id' in recipient) {
    if (!(await holdRecipient(db, recipient.id))) refuseFaults([unknownRecipient()]);
    return recipient.id;
  }
  const { id, isChanged } = await mergeRecipient(db, sealer, recipient.parsed, peopleRight(caller));
  if (isChanged) {
    const { actor } = caller;
    await insertAuditEntry(db, { actor, action: 'recipient.saved', resourceType: 'recipient', resourceId: id });
  }
  return id;
}

async function readInline(
  people: PeopleReader,
  sealer: Sealer,
  { parsed, faults }: ReturnType<typeof parseRecipient>,
  right: PeopleRight,
): Promise<Addressee> {
  const { locale, timeZone } = parsed;
  if (faults.length > 0) return { ...NOBODY, recipient: { parsed }, locale, timeZone, faults };
  const recognition = await people.recognise(parsed);
  if (recognition === null) {
    const reach = { details: parsed.details, optOuts: [] };
    return { ...NOBODY, recipient: { parsed }, reach, locale, timeZone, faults };
  }
  const known = openRecipient(sealer, recognition.row);
  const { as } = recognition;
  const merged = mergedPerson(known, parsed, as, right);
  const reach = { details: merged.details, optOuts: known.optOuts };
  return {
    recipient: { parsed },
    reach,
    locale: merged.locale,
    timeZone: merged.timeZone,
    preferredChannels: known.preferredChannels,
    faults: forbiddenChanges(sealer, known, parsed, { as, right }),
  };
}

export function unknownRecipient(): Fault {
  const message = 'There is no recipient with this id or external id.';
  return { pointer: '/recipient', code: 'unknown_recipient', message };
}
