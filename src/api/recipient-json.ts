import type { Static } from 'typebox';
import type { RecipientInput, Recipient as RecipientView } from '../service/recipients.ts';
import { entityTag } from './entity-tag.ts';
import type { NewRecipient, Recipient } from './recipient-schemas.ts';

export function toRecipientInput(body: Static<typeof NewRecipient>): RecipientInput {
  const { external_id, time_zone, ...same } = body;
  return {
    ...same,
    ...(external_id === undefined ? {} : { externalId: external_id }),
    ...(time_zone === undefined ? {} : { timeZone: time_zone }),
  };
}

export function recipientJson(recipient: RecipientView): Static<typeof Recipient> {
  const { externalId, timeZone, createdAt, updatedAt, ...same } = recipient;
  return {
    ...same,
    external_id: externalId,
    time_zone: timeZone,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

export function recipientTag(recipient: RecipientView): string {
  return entityTag(recipient.id, recipient.updatedAt);
}
