import { Type } from 'typebox';
import { CHANNELS } from '../domain/channels.ts';
import { FAILURE_KINDS } from '../domain/failures.ts';
import { DEFAULT_ROUNDS, MAX_ROUNDS } from '../domain/plan.ts';
import { TRACKING_MODES } from '../domain/sending-rules.ts';
import { ATTEMPT_OUTCOMES, ESCALATION_GOALS } from '../domain/statuses.ts';
import { MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS } from '../service/attachments.ts';
import {
  ChannelField,
  DeliveryStatusField,
  Id,
  NullableId,
  NullableInteger,
  NullableString,
  NullableTime,
  nullableOneOf,
  OneOf,
  PageQuery,
  PriorityField,
  RetentionClass,
  StatusField,
  Time,
  WaitingForField,
} from './fields.ts';
import { FreeFields } from './free-json.ts';
import { Interactive } from './interactive-schema.ts';
import { MessagePolicyField } from './policy-schema.ts';
import { RecipientFields } from './recipient-schemas.ts';
import { Warnings } from './warnings.ts';

/** Longest content in characters; what a channel takes is less. */
const MAX_CONTENT = 100_000;
const MAX_METADATA = 20;
/** Of one attachment, with line breaks. */
const MAX_BASE64 = 1.5 * MAX_ATTACHMENT_BYTES;
/** More than there may be, so that the sentence that says how many and how large counts them all. */
const MAX_FILES_READ = 2 * MAX_ATTACHMENTS;
const METADATA_NAME = '^.{1,40}$';
/** A year; longer waits are better made by the sender. */
const MAX_ESCALATION_SECONDS = 365 * 24 * 3600;

const closed = { additionalProperties: false };

const Content = {
  channel: ChannelField,
  fallback_channels: Type.Array(ChannelField, { maxItems: CHANNELS.length }),
  content: Type.String({ minLength: 1, maxLength: MAX_CONTENT, description: 'Text; Liquid where variables are given' }),
  subject: Type.String({ maxLength: 998, description: 'Email only' }),
  html: Type.String({ maxLength: MAX_CONTENT, description: 'Email only' }),
  template_id: Type.String({ minLength: 1, maxLength: 100, description: 'Id or name, instead of content' }),
  variables: FreeFields('Any JSON, by name'),
  priority: PriorityField,
  send_at: Time,
};

export const NewMessage = Type.Object(
  {
    recipient: Type.Union([
      Type.String({ minLength: 1, maxLength: 255, description: 'Id or external id' }),
      Type.Object(RecipientFields, closed),
    ]),
    channel: Type.Optional(Content.channel),
    fallback_channels: Type.Optional(Content.fallback_channels),
    escalate_after: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_ESCALATION_SECONDS,
        description: 'Seconds to wait for what until names',
      }),
    ),
    until: Type.Optional(OneOf(ESCALATION_GOALS, 'The receipt, or the confirmation by the person, that ends the wait')),
    rounds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_ROUNDS,
        description: `How often the plan is gone through until acknowledged; ${DEFAULT_ROUNDS} by default`,
      }),
    ),
    policy: Type.Optional(MessagePolicyField),
    content: Type.Optional(Content.content),
    subject: Type.Optional(Content.subject),
    html: Type.Optional(Content.html),
    template_id: Type.Optional(Content.template_id),
    variables: Type.Optional(Content.variables),
    attachments: Type.Optional(
      Type.Array(
        Type.Object(
          {
            filename: Type.String({ minLength: 1, maxLength: 255 }),
            content_type: Type.String({ minLength: 1, maxLength: 255 }),
            content_base64: Type.String({ maxLength: MAX_BASE64 }),
            content_id: Type.Optional(
              Type.String({
                pattern: '^[A-Za-z0-9._-]{1,64}$',
                description: 'Shows an image within the HTML, as `cid:…`',
              }),
            ),
          },
          closed,
        ),
        {
          maxItems: MAX_FILES_READ,
          description: `Email only; ${MAX_ATTACHMENTS} of them, of ${MAX_ATTACHMENT_BYTES} bytes together`,
        },
      ),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^.{1,100}$' }), Type.String({ minLength: 1, maxLength: 900 }), {
        ...closed,
        maxProperties: 20,
        description: 'Email only: more headers, of those that a sender may set',
      }),
    ),
    tracking: Type.Optional(OneOf(TRACKING_MODES, 'Email only: what is tracked')),
    interactive: Type.Optional(Interactive),
    media_url: Type.Optional(Type.String({ maxLength: 2000, description: 'WhatsApp only; https' })),
    reply_to: Type.Optional(Type.String({ maxLength: 320, description: 'Email only' })),
    priority: Type.Optional(Content.priority),
    send_at: Type.Optional(Content.send_at),
    expires_at: Type.Optional(Time),
    retention: Type.Optional(RetentionClass),
    metadata: Type.Optional(
      Type.Record(Type.String({ pattern: METADATA_NAME }), Type.String({ maxLength: 500 }), {
        ...closed,
        maxProperties: MAX_METADATA,
        description: 'For your own use, by which messages can be listed; not encrypted, so keep personal data out',
      }),
    ),
  },
  {
    ...closed,
    title: 'NewMessage',
    // Only somebody who is named can prefer a channel.
    if: { required: ['recipient'] },
    else: { required: ['channel'] },
  },
);

export const MessageChange = Type.Object(
  {
    channel: Type.Optional(Content.channel),
    fallback_channels: Type.Optional(Content.fallback_channels),
    content: Type.Optional(Content.content),
    subject: Type.Optional(NullableString({ maxLength: 998 })),
    html: Type.Optional(NullableString({ maxLength: MAX_CONTENT })),
    template_id: Type.Optional(Content.template_id),
    variables: Type.Optional(Content.variables),
    priority: Type.Optional(Content.priority),
    send_at: Type.Optional(NullableTime),
    policy: Type.Optional(Type.Union([MessagePolicyField, Type.Null()])),
  },
  { ...closed, minProperties: 1, title: 'MessageChange' },
);

const Cost = Type.Unsafe<{ amount: string; currency: string; final: boolean } | null>({
  type: ['object', 'null'],
  properties: { amount: { type: 'string' }, currency: { type: 'string' }, final: { type: 'boolean' } },
  required: ['amount', 'currency', 'final'],
});

const messageFields = {
  id: Id,
  recipient: Id,
  batch_id: NullableId,
  channel: ChannelField,
  plan: Type.Array(ChannelField),
  content: NullableString({ description: 'As rendered for the channel in use' }),
  subject: NullableString(),
  template_id: NullableId,
  template_name: NullableString(),
  template_version: NullableInteger(),
  status: StatusField,
  delivery_status: DeliveryStatusField,
  waiting_for: WaitingForField,
  sent_at: NullableTime,
  delivered_at: NullableTime,
  read_at: NullableTime,
  acknowledged_at: NullableTime,
  acknowledged_channel: nullableOneOf(CHANNELS),
  error_message: NullableString(),
  error_code: NullableString(),
  retry_count: Type.Integer(),
  priority: PriorityField,
  send_at: NullableTime,
  expires_at: NullableTime,
  escalate_after: NullableInteger(),
  until: nullableOneOf(ESCALATION_GOALS),
  rounds: NullableInteger(),
  policy: Type.Union([MessagePolicyField, Type.Null()]),
  segments: NullableInteger(),
  cost: Cost,
  retention: Type.String(),
  metadata: Type.Record(Type.String(), Type.String()),
  workflow_id: Type.String(),
  created_at: Time,
  updated_at: Time,
};

export const Message = Type.Object(messageFields, { title: 'Message' });

export const MessageWithWarnings = Type.Object(
  {
    ...messageFields,
    warnings: Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), message: Type.String() }), {
      description: 'What does not stop the message, such as a fallback that cannot be used',
    }),
  },
  { title: 'AcceptedMessage' },
);

const Attempt = Type.Object(
  {
    number: Type.Integer(),
    channel: ChannelField,
    started_at: Time,
    finished_at: NullableTime,
    outcome: nullableOneOf(ATTEMPT_OUTCOMES),
    error_code: NullableString(),
    error_kind: nullableOneOf(FAILURE_KINDS),
    error_message: NullableString(),
    provider_message_id: NullableString(),
    segments: NullableInteger(),
    cost: Cost,
  },
  { title: 'Attempt' },
);

const Event = Type.Object(
  {
    at: Time,
    type: Type.String(),
    channel: nullableOneOf(CHANNELS),
    detail: NullableString(),
    actor: Type.String(),
  },
  { title: 'Event' },
);

export const MessageDetail = Type.Object(
  { ...messageFields, attempts: Type.Array(Attempt), events: Type.Array(Event) },
  { title: 'MessageDetail' },
);

export const ChangedMessage = Type.Object(
  { ...messageFields, attempts: Type.Array(Attempt), events: Type.Array(Event), warnings: Warnings },
  { title: 'ChangedMessage' },
);

/** All of those that have names of their own, and as many by metadata as a message has. */
export const MAX_FILTERS = 40;

/** `metadata.{name}`, as filters of messages have it. */
export const METADATA_FILTERS = { '^metadata\\..{1,40}$': Type.String({ maxLength: 500 }) };

export const MessageListQuery = Type.Object(
  {
    status: Type.Optional(StatusField),
    channel: Type.Optional(ChannelField),
    delivery_status: Type.Optional(OneOf(['accepted', 'delivered', 'read', 'undelivered', 'bounced', 'complained'])),
    waiting_for: Type.Optional(OneOf(['schedule', 'retry', 'receipt', 'operator'])),
    recipient: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Id or external id' })),
    batch_id: Type.Optional(Id),
    template_id: Type.Optional(Id),
    error_code: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    priority: Type.Optional(PriorityField),
    created_after: Type.Optional(Time),
    created_before: Type.Optional(Time),
    sent_after: Type.Optional(Time),
    sent_before: Type.Optional(Time),
    failed_after: Type.Optional(Time),
    failed_before: Type.Optional(Time),
    ...PageQuery,
  },
  {
    additionalProperties: false,
    patternProperties: METADATA_FILTERS,
    maxProperties: MAX_FILTERS,
    title: 'MessageListQuery',
  },
);
