import { Type } from 'typebox';
import { Id, NullableString, PageQuery, Time } from './fields.ts';

/** A person as callers describe them. */
export const RecipientFields = {
  external_id: Type.Optional(NullableString({ minLength: 1, maxLength: 255 })),
  name: Type.Optional(NullableString({ maxLength: 200 })),
  email: Type.Optional(NullableString({ maxLength: 320 })),
  phone: Type.Optional(NullableString({ maxLength: 50 })),
  whatsapp: Type.Optional(NullableString({ maxLength: 50 })),
  locale: Type.Optional(NullableString({ maxLength: 35 })),
  time_zone: Type.Optional(NullableString({ maxLength: 64 })),
};

export const NewRecipient = Type.Object(RecipientFields, { additionalProperties: false, title: 'NewRecipient' });

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
    ...PageQuery,
  },
  { additionalProperties: false, title: 'RecipientListQuery' },
);
