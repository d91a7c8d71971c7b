import { Type } from 'typebox';
import { CHANNELS } from '../domain/channels.ts';
import type { QuietHours as Quiet } from '../domain/recipient.ts';
import { ChannelField, Id, NullableString, nullableOneOf, PageQuery, Time } from './fields.ts';

const MAX_OPT_OUTS = 50;

const closed = { additionalProperties: false };

/** A person as callers describe them, also within a message. */
export const RecipientFields = {
  external_id: Type.Optional(NullableString({ minLength: 1, maxLength: 255 })),
  name: Type.Optional(NullableString({ maxLength: 200 })),
  email: Type.Optional(NullableString({ maxLength: 320 })),
  phone: Type.Optional(NullableString({ maxLength: 50 })),
  whatsapp: Type.Optional(NullableString({ maxLength: 50 })),
  locale: Type.Optional(NullableString({ maxLength: 35 })),
  time_zone: Type.Optional(NullableString({ maxLength: 64 })),
};

const QuietHours = Type.Unsafe<Quiet | null>({
  type: ['object', 'null'],
  properties: {
    start: { type: 'string', maxLength: 5, description: 'Such as 22:00' },
    end: { type: 'string', maxLength: 5, description: 'Such as 07:00' },
  },
  required: ['start', 'end'],
  ...closed,
  description: 'Times of the day in the time zone of the recipient, else in UTC',
});

const Category = NullableString({
  ...{ minLength: 1, maxLength: 50, pattern: '^[a-z][a-z0-9_-]*$' },
  description: 'A category of templates; null for every one',
});

/** One of both has to be given; the other one, null or left out, means all. */
const NewOptOut = Type.Object(
  { channel: Type.Optional(nullableOneOf(CHANNELS)), category: Type.Optional(Category) },
  closed,
);

export const NewRecipient = Type.Object(
  {
    ...RecipientFields,
    preferred_channels: Type.Optional(
      Type.Array(ChannelField, { maxItems: CHANNELS.length, description: 'The one that they like best first' }),
    ),
    quiet_hours: Type.Optional(QuietHours),
    opt_outs: Type.Optional(
      Type.Array(NewOptOut, {
        maxItems: MAX_OPT_OUTS,
        description: 'Adds to what is known in a POST, takes its place in a PUT; left out, it stays as it is',
      }),
    ),
  },
  { ...closed, title: 'NewRecipient' },
);

export const Recipient = Type.Object(
  {
    id: Id,
    external_id: NullableString(),
    name: NullableString(),
    email: NullableString(),
    phone: NullableString({ description: 'E.164' }),
    whatsapp: NullableString({ description: 'E.164' }),
    locale: NullableString(),
    time_zone: NullableString(),
    preferred_channels: Type.Array(ChannelField),
    quiet_hours: QuietHours,
    opt_outs: Type.Array(
      Type.Object({
        channel: nullableOneOf(CHANNELS),
        category: NullableString(),
        source: Type.String({ description: 'Where the wish came from' }),
        created_at: Time,
      }),
    ),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Recipient' },
);

export const RecipientListQuery = Type.Object(
  {
    external_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 320 })),
    phone: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
    whatsapp: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
    locale: Type.Optional(Type.String({ minLength: 1, maxLength: 35, description: 'Exactly this language tag' })),
    ...PageQuery,
  },
  { ...closed, title: 'RecipientListQuery' },
);
