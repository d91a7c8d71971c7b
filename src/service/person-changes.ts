import { addressHash } from '../db/address-hash.ts';
import type { Sealer } from '../db/sealer.ts';
import type { Channel } from '../domain/channels.ts';
import type { ParsedRecipient } from './recipient-input.ts';
import { type Fault, MISSING_SCOPE } from './service-error.ts';

/** Whether a caller may change what is known of people, or only add to it. */
export type PeopleRight = 'change' | 'add';

/** The scope that changing what is known of somebody takes. */
const SCOPE = 'recipients:write';

export function peopleRight({ scopes }: { readonly scopes: readonly string[] }): PeopleRight {
  return scopes.includes(SCOPE) ? 'change' : 'add';
}

/**
 * A fault for each field in which a description differs from what is known of the person. What is not known yet, what the
 * description leaves out, and the same value in another spelling are no difference.
 * @param pointer where the description stands in the request
 */
export function changeFaults(sealer: Sealer, known: ParsedRecipient, given: ParsedRecipient, pointer: string): Fault[] {
  return FIELDS.filter(({ read, isSame }) => {
    const [before, after] = [read(known), read(given)];
    return before !== null && after !== null && !isSame(sealer, before, after);
  }).map(({ name }) => ({
    ...{ pointer: `${pointer}/${name}`, code: MISSING_SCOPE },
    message: `Something else is known of this person; changing it takes the scope ${SCOPE}. Leave it out, or send what is known.`,
  }));
}

interface Field {
  /** As in the HTTP contract. */
  readonly name: string;
  read(person: ParsedRecipient): string | null;
  isSame(sealer: Sealer, one: string, other: string): boolean;
}

const FIELDS: readonly Field[] = [
  { name: 'external_id', read: ({ details }) => details.externalId, isSame: (_, one, other) => one === other },
  { name: 'name', read: ({ details }) => details.name, isSame: (_, one, other) => plainName(one) === plainName(other) },
  { name: 'email', read: ({ details }) => details.email, isSame: isSameOn('email') },
  { name: 'phone', read: ({ details }) => details.phone, isSame: isSameOn('sms') },
  { name: 'whatsapp', read: ({ details }) => details.whatsapp, isSame: isSameOn('whatsapp') },
  { name: 'locale', read: ({ locale }) => locale, isSame: (_, one, other) => tagOf(one) === tagOf(other) },
  { name: 'time_zone', read: ({ timeZone }) => timeZone, isSame: (_, one, other) => zoneOf(one) === zoneOf(other) },
];

/** Addresses are the same if whoever is looked for by one is found by the other. */
function isSameOn(channel: Channel): Field['isSame'] {
  return (sealer, one, other) => addressHash(sealer, channel, one).equals(addressHash(sealer, channel, other));
}

function plainName(name: string): string {
  return name.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
}

function tagOf(locale: string): string {
  return Intl.getCanonicalLocales(locale)[0] ?? locale;
}

function zoneOf(timeZone: string): string {
  return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
}
