import { addressHash } from '../db/address-hash.ts';
import type { RecipientHashes, RecipientRow, RecipientValues } from '../db/recipients.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { Sealer } from '../db/sealer.ts';
import type { Channel } from '../domain/channels.ts';
import type { OptOut } from '../domain/opt-outs.ts';
import type { QuietHours, RecipientDetails } from '../domain/recipient.ts';
import type { ParsedRecipient } from './recipient-input.ts';

export interface Recipient extends RecipientDetails {
  readonly id: string;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly preferredChannels: readonly Channel[];
  readonly quietHours: QuietHours | null;
  readonly optOuts: readonly KeptOptOut[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface KeptOptOut extends OptOut {
  /** Where the wish came from, such as `api`. */
  readonly source: string;
  readonly createdAt: Date;
}

export function openRecipient(sealer: Sealer, row: RecipientRow): Recipient {
  return {
    id: row.id,
    ...sealer.open<RecipientDetails>(row.details_sealed, sealedPlaces.recipientDetails(row.id)),
    locale: row.locale,
    timeZone: row.time_zone,
    preferredChannels: row.preferred_channels,
    quietHours: row.quiet_hours,
    optOuts: row.opt_outs.map(({ created_at, ...optOut }) => ({ ...optOut, createdAt: new Date(created_at) })),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function sealRecipient(sealer: Sealer, id: string, parsed: ParsedRecipient): RecipientValues {
  const { details, locale, timeZone } = parsed;
  return {
    id,
    ...hashesOf(sealer, details),
    details_sealed: sealer.seal(details, sealedPlaces.recipientDetails(id)),
    locale,
    time_zone: timeZone,
  };
}

export function hashesOf(sealer: Sealer, { externalId, email, phone, whatsapp }: RecipientDetails): RecipientHashes {
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
