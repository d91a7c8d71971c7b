import { Type } from 'typebox';
import { VARIABLE_TYPE_NAMES } from '../service/templates.ts';
import { ChannelField, Id, NullableString, OneOf, PageQuery, Time } from './fields.ts';

const closed = { additionalProperties: false };
/** Longest source in characters. */
const MAX_SOURCE = 200_000;
const MAX_VARIABLES = 500;

const Variables = Type.Record(
  Type.String(),
  Type.Object(
    {
      type: OneOf(VARIABLE_TYPE_NAMES),
      required: Type.Optional(Type.Boolean()),
      default: Type.Optional(Type.Unknown()),
      description: Type.Optional(Type.String({ maxLength: 500 })),
      example: Type.Optional(Type.Unknown()),
    },
    closed,
  ),
  { maxProperties: MAX_VARIABLES },
);

const content = {
  name: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
  content: Type.String({ minLength: 1, maxLength: MAX_SOURCE, description: 'Liquid' }),
  subject: Type.Optional(NullableString({ maxLength: 998, description: 'Liquid; email only' })),
  html: Type.Optional(NullableString({ maxLength: MAX_SOURCE, description: 'Liquid; email only' })),
  variables: Type.Optional(Variables),
  is_active: Type.Optional(Type.Boolean()),
};

export const NewTemplate = Type.Object({ ...content, channel: ChannelField }, { ...closed, title: 'NewTemplate' });

export const TemplateChange = Type.Object(
  { ...content, channel: Type.Optional(ChannelField) },
  { ...closed, title: 'TemplateChange', description: 'The channel of a template does not change' },
);

export const Template = Type.Object(
  {
    id: Id,
    name: Type.String(),
    channel: ChannelField,
    content: Type.String(),
    subject: NullableString(),
    html: NullableString(),
    variables: Type.Record(Type.String(), Type.Unknown()),
    is_active: Type.Boolean(),
    version: Type.Integer(),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Template' },
);

export const TemplateListQuery = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 100 })),
    channel: Type.Optional(ChannelField),
    is_active: Type.Optional(Type.Boolean()),
    ...PageQuery,
  },
  { ...closed, title: 'TemplateListQuery' },
);
