import type { Static } from 'typebox';
import type { RecipientInput, RecipientProfileInput } from '../service/recipient-input.ts';
import type { Recipient as RecipientView } from '../service/recipient-record.ts';
import { entityTag } from './entity-tag.ts';
import type { NewRecipient, Recipient } from './recipient-schemas.ts';

type ProfileBody = Static<typeof NewRecipient>;

/** An inline recipient of a message. */
export function toRecipientInput(
  body: Omit<ProfileBody, 'preferred_channels' | 'quiet_hours' | 'opt_outs'>,
): RecipientInput {
  const { external_id, time_zone, ...same } = body;
  return {
    ...same,
    ...(external_id === undefined ? {} : { externalId: external_id }),
    ...(time_zone === undefined ? {} : { timeZone: time_zone }),
  };
}

export function toProfileInput(body: ProfileBody): RecipientProfileInput {
  const { preferred_channels, quiet_hours, opt_outs, ...person } = body;
  return {
    ...toRecipientInput(person),
    ...(preferred_channels === undefined ? {} : { preferredChannels: preferred_channels }),
    ...(quiet_hours === undefined ? {} : { quietHours: quiet_hours }),
    ...(opt_outs === undefined
      ? {}
      : { optOuts: opt_outs.map(({ channel = null, category = null }) => ({ channel, category })) }),
  };
}

export function recipientJson(recipient: RecipientView): Static<typeof Recipient> {
  const { externalId, timeZone, preferredChannels, quietHours, optOuts, createdAt, updatedAt, ...same } = recipient;
  return {
    ...same,
    external_id: externalId,
    time_zone: timeZone,
    preferred_channels: [...preferredChannels],
    quiet_hours: quietHours,
    opt_outs: optOuts.map(({ createdAt: at, ...optOut }) => ({ ...optOut, created_at: at.toISOString() })),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

export function recipientTag(recipient: RecipientView): string {
  return entityTag(recipient.id, recipient.updatedAt);
}
