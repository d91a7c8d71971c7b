import { Type } from 'typebox';
import { MAX_EXPIRES_AFTER_SECONDS, MAX_THROTTLE_LIMIT, UNCERTAIN_MODES } from '../domain/policy.ts';
import { OneOf } from './fields.ts';

const closed = { additionalProperties: false };

const Seconds = (description: string) => Type.Integer({ minimum: 0, description });

const channelFields = {
  retry_delays: Type.Optional(
    Type.Array(Type.Integer({ minimum: 0 }), {
      maxItems: 100,
      description: 'Seconds before each retry; there is one attempt more than there are delays',
    }),
  ),
  throttle_limit: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_THROTTLE_LIMIT,
      description: 'How often a provider may say "later" before that counts as a failed attempt',
    }),
  ),
  throttle_delay: Type.Optional(Seconds('Seconds to wait after "later" where the provider names no time')),
  uncertain_limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'Attempts that may end in doubt before the next channel' }),
  ),
  on_uncertain: Type.Optional(OneOf(UNCERTAIN_MODES, 'What to do where nobody knows whether a provider took it')),
};

const onChannel = Type.Optional(Type.Object(channelFields, closed));

const expiry = {
  expires_after: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_EXPIRES_AFTER_SECONDS,
      description: 'Seconds from acceptance, or from send_at, to expiry; an expires_at counts more',
    }),
  ),
};

/** What is different from the configuration for the messages of a template. */
export const TemplatePolicyField = Type.Object({ ...channelFields, ...expiry }, { ...closed, title: 'TemplatePolicy' });

/** What is different from the configuration, and from the template, for one message. */
export const MessagePolicyField = Type.Object(
  {
    ...channelFields,
    ...expiry,
    channels: Type.Optional(
      Type.Object(
        { whatsapp: onChannel, email: onChannel, sms: onChannel },
        { ...closed, description: 'What is different on one channel' },
      ),
    ),
  },
  { ...closed, title: 'MessagePolicy' },
);
