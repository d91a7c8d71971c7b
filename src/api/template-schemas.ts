import { Type } from 'typebox';
import { CONTENT_FORMATS, MAX_NOTE } from '../domain/template-content.ts';
import { VARIABLE_TYPE_NAMES } from '../service/templates.ts';
import { ChannelField, Id, NullableString, OneOf, PageQuery, RetentionClass, Time } from './fields.ts';
import { FreeJson } from './free-json.ts';
import { TemplatePolicyField } from './policy-schema.ts';
import { Warnings } from './warnings.ts';

const closed = { additionalProperties: false };
/** Longest source in characters. */
const MAX_SOURCE = 200_000;
const MAX_VARIABLES = 500;
/** Longest name of a variable or a language. */
const MAX_NAME = 200;
/** Placeholders that two digits can number. */
const MAX_PLACEHOLDERS = 99;

/** The name of a template or a layout. */
export const ResourceName = Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' });

const Variables = Type.Record(
  Type.String(),
  Type.Object(
    {
      type: OneOf(VARIABLE_TYPE_NAMES),
      required: Type.Optional(Type.Boolean()),
      default: Type.Optional(FreeJson('Any JSON')),
      description: Type.Optional(Type.String({ maxLength: 500 })),
      example: Type.Optional(FreeJson('Any JSON')),
    },
    closed,
  ),
  { maxProperties: MAX_VARIABLES, propertyNames: { maxLength: MAX_NAME } },
);

const MAX_LOCALES = 50;

const LocaleVariant = Type.Object(
  {
    content: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_SOURCE })),
    subject: Type.Optional(NullableString({ maxLength: 998 })),
    html: Type.Optional(NullableString({ maxLength: MAX_SOURCE })),
  },
  closed,
);

const Whatsapp = Type.Object(
  {
    content_sid: Type.String({ pattern: '^HX[0-9a-f]{32}$', description: 'Approved template at Twilio' }),
    variables: Type.Record(Type.String({ pattern: '^[1-9][0-9]?$' }), Type.String({ maxLength: 1600 }), {
      ...closed,
      maxProperties: MAX_PLACEHOLDERS,
      description: 'Liquid for each numbered placeholder, such as {"1": "{{ name }}"}',
    }),
    category: OneOf(['utility', 'marketing', 'authentication']),
    language: Type.String({ minLength: 2, maxLength: 20 }),
  },
  closed,
);

const Sms = Type.Object(
  {
    smart_encoding: Type.Optional(Type.Boolean({ description: 'Replace typographic characters by GSM-7 ones' })),
    warn_segments: Type.Optional(Type.Integer({ minimum: 2, maximum: 20 })),
  },
  closed,
);

const LayoutName = { maxLength: 100, description: 'Name of the layout around the body; email only' };

const content = {
  name: ResourceName,
  content: Type.String({ maxLength: MAX_SOURCE, description: 'Liquid; an email with html may leave it empty' }),
  subject: Type.Optional(NullableString({ maxLength: 998, description: 'Liquid; email only' })),
  html: Type.Optional(NullableString({ maxLength: MAX_SOURCE, description: 'Liquid; email only' })),
  format: Type.Optional(OneOf(CONTENT_FORMATS, 'How content is written; email only')),
  layout: Type.Optional(NullableString(LayoutName)),
  sms: Type.Optional(Sms),
  whatsapp: Type.Optional(Type.Union([Whatsapp, Type.Null()])),
  locales: Type.Optional(
    Type.Record(Type.String(), LocaleVariant, {
      maxProperties: MAX_LOCALES,
      propertyNames: { maxLength: MAX_NAME },
      description: 'Variants by language tag',
    }),
  ),
  variables: Type.Optional(Variables),
  category: Type.Optional(
    Type.String({ maxLength: 50, pattern: '^[a-z][a-z0-9_-]*$', description: 'What recipients can opt out of' }),
  ),
  retention: Type.Optional(RetentionClass),
  policy: Type.Optional(Type.Union([TemplatePolicyField, Type.Null()])),
  is_active: Type.Optional(Type.Boolean()),
  note: Type.Optional(NullableString({ maxLength: MAX_NOTE, description: 'Why this version was made' })),
};

/** What a version of a template fixes, as it is shown. */
export const versionFields = {
  content: Type.String(),
  subject: NullableString(),
  html: NullableString(),
  format: OneOf(CONTENT_FORMATS),
  layout: NullableString(),
  sms: Sms,
  whatsapp: Type.Union([Whatsapp, Type.Null()]),
  locales: Type.Record(Type.String(), LocaleVariant),
  variables: Type.Record(Type.String(), Type.Unknown()),
};

export const NewTemplate = Type.Object({ ...content, channel: ChannelField }, { ...closed, title: 'NewTemplate' });

export const TemplateChange = Type.Object(
  { ...content, channel: Type.Optional(ChannelField) },
  { ...closed, title: 'TemplateChange', description: 'The channel of a template does not change' },
);

const templateFields = {
  id: Id,
  name: Type.String(),
  channel: ChannelField,
  category: Type.String(),
  retention: Type.String(),
  policy: Type.Union([TemplatePolicyField, Type.Null()]),
  ...versionFields,
  is_active: Type.Boolean(),
  version: Type.Integer(),
  approval: Type.Unsafe<{
    status: string;
    category: string | null;
    rejection_reason: string | null;
    checked_at: string;
  } | null>({
    type: ['object', 'null'],
    description: 'What WhatsApp last said of the template at the provider; null where it has not been asked',
    properties: {
      status: { type: 'string', description: 'Such as approved, pending, rejected, paused; missing at the provider' },
      category: { type: ['string', 'null'] },
      rejection_reason: { type: ['string', 'null'] },
      checked_at: { type: 'string', format: 'date-time' },
    },
    required: ['status', 'category', 'rejection_reason', 'checked_at'],
  }),
  created_at: Time,
  updated_at: Time,
};

export const Template = Type.Object(templateFields, { title: 'Template' });

export const SavedTemplate = Type.Object({ ...templateFields, warnings: Warnings }, { title: 'SavedTemplate' });

export const LayoutChange = Type.Object(
  {
    html: Type.String({ minLength: 1, maxLength: MAX_SOURCE, description: 'Liquid that prints {{ content }} once' }),
  },
  { ...closed, title: 'LayoutChange' },
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
