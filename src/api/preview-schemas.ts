import { Type } from 'typebox';
import type { ContentPreview } from '../service/content-preview.ts';
import { ChannelField, NullableString, OneOf } from './fields.ts';
import { FreeFields } from './free-json.ts';
import { Warnings } from './warnings.ts';

const closed = { additionalProperties: false };

const whatsapp = Type.Object({ content_sid: Type.String(), variables: Type.Record(Type.String(), Type.String()) });
const sms = Type.Object({
  encoding: OneOf(['GSM-7', 'UCS-2']),
  segments: Type.Integer({ description: 'Parts that are billed' }),
  length: Type.Integer({ description: 'Septets in GSM-7, UTF-16 units in UCS-2' }),
});
const cost = Type.Object({ amount: Type.String(), currency: Type.String(), final: Type.Literal(false) });
const nullable = <const Schema extends Parameters<typeof Type.Array>[0]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const channelContent = {
  subject: NullableString(),
  html: NullableString(),
  whatsapp: nullable(whatsapp),
  sms: nullable(sms),
  cost: nullable(cost),
};

export const TemplatePreviewRequest = Type.Unsafe<{
  variables?: Record<string, unknown>;
  recipient?: string;
  locale?: string;
} | null>({
  ...Type.Object(
    {
      variables: Type.Optional(FreeFields('Any JSON, by name')),
      recipient: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Id or external id' })),
      locale: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Instead of the recipient’s' })),
    },
    closed,
  ),
  type: ['object', 'null'],
});

export const TemplatePreview = Type.Object(
  {
    locale: NullableString({ description: 'The language that it was rendered for; null for the default' }),
    content: Type.String(),
    ...channelContent,
    warnings: Warnings,
    variants: Type.Array(
      Type.Object({
        locale: Type.String(),
        content: Type.String(),
        subject: NullableString(),
        html: NullableString(),
      }),
      { description: 'The template in each of its languages' },
    ),
  },
  { title: 'TemplatePreview' },
);

export const MessagePreview = Type.Object(
  {
    recipient: Type.Object({ name: NullableString(), locale: NullableString(), time_zone: NullableString() }),
    plan: Type.Array(
      Type.Object({
        channel: ChannelField,
        content: NullableString({ description: 'Null where the content does not work on this channel' }),
        ...channelContent,
        warnings: Warnings,
      }),
    ),
    warnings: Warnings,
  },
  { title: 'MessagePreview' },
);

/** What a person would get on one channel, as the contract has it. */
export function previewJson({ whatsapp: filled, cost: estimate, ...same }: ContentPreview) {
  return {
    ...same,
    whatsapp: filled === null ? null : { content_sid: filled.contentSid, variables: { ...filled.variables } },
    cost: estimate === null ? null : { ...estimate, final: false as const },
  };
}
