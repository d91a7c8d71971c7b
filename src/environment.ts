import { Type } from 'typebox';
import { DEFAULT_POLICY, DEFAULT_POLICY_BOUNDS } from './domain/policy.ts';
import { DEFAULT_RETENTION_RULES, MIN_RETENTION_DAYS } from './domain/retention.ts';
import { TRACKING_MODES, UNSUBSCRIBE_MODES } from './domain/sending-rules.ts';

const url = (description: string, more: object = {}) =>
  Type.String({ pattern: '^[a-z]+://', fault: 'is not a URL such as scheme://host', description, ...more });
const seconds = (description: string, standard: number) => Type.Integer({ minimum: 1, description, default: standard });
const days = (description: string, standard: number) =>
  Type.Integer({ minimum: MIN_RETENTION_DAYS, description: `${description}, in days`, default: standard });
const DELAYS = '^\\d+( \\d+)*$';
const delays = (channel: string) =>
  Type.String({
    pattern: DELAYS,
    default: DEFAULT_POLICY.channels.email.retryDelaysSeconds.join(' '),
    description: `Seconds before each retry on ${channel}, separated by spaces`,
  });
const delaysFor = (channel: string, priority: string) =>
  Type.Optional(
    Type.String({
      pattern: DELAYS,
      description: `The same for ${channel} of ${priority} priority; unset for no difference`,
    }),
  );
const expiry = (priority: string) =>
  Type.Optional(
    Type.Integer({
      minimum: 1,
      description: `After how many seconds a message of ${priority} priority expires whose sender does not say; unset for never`,
    }),
  );
const rate = (what: string) =>
  Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description: `Most ${what} a second for each sender, over all workers; unset for no limit`,
    }),
  );
const literals = (words: readonly string[], more: { default: string; description: string }) =>
  Type.Union(
    words.map((word) => Type.Literal(word)),
    more,
  );
const secret = { secret: true };
/** An E.164 number, a Messaging Service, or an alphanumeric sender of up to 11 characters. */
const SENDER = '(\\+[1-9]\\d{5,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11})';
const AMOUNT = '^\\d{1,9}(\\.\\d{1,6})?$';
/** A country of two letters (ISO 3166-1) and a decimal price. */
const PRICE = '([A-Z]{2}|\\*):\\d{1,6}(\\.\\d{1,6})?';

/** Every environment variable that the service reads, with its default; the README's table is made from it. */
export const ENVIRONMENT = Type.Object({
  DATABASE_URL: url('PostgreSQL connection string', secret),
  DATABASE_POOL_SIZE: Type.Integer({ minimum: 1, default: 10, description: 'Connections per process' }),
  TEMPORAL_ADDRESS: Type.String({ default: '127.0.0.1:7233', description: 'Host and port of the Temporal frontend' }),
  TEMPORAL_NAMESPACE: Type.String({ default: 'default', description: 'Temporal namespace' }),
  TEMPORAL_TLS: Type.Boolean({ default: false, description: 'Connect to Temporal over TLS' }),
  TEMPORAL_API_KEY: Type.Optional(Type.String({ description: 'API key of a Temporal Cloud namespace', ...secret })),
  ENCRYPTION_KEYS: Type.String({
    pattern: '^[\\w-]+:[A-Za-z0-9+/]{43}=(,[\\w-]+:[A-Za-z0-9+/]{43}=)*$',
    fault: 'is not a list of names and 32-byte keys in base64 such as first:… (openssl rand -base64 32)',
    description: 'Key ring `id:base64,…` of 32-byte keys for personal data; the first one encrypts, all decrypt',
    ...secret,
  }),
  LOOKUP_KEY: Type.String({
    pattern: '^[A-Za-z0-9+/]{43}=$',
    fault: 'is not a 32-byte key in base64 (openssl rand -base64 32)',
    description: '32-byte base64 key of the hashes by which addresses are found; never changes',
    ...secret,
  }),
  API_HOST: Type.String({ default: '127.0.0.1', description: 'Address that the API listens on' }),
  API_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8080, description: 'Port that the API listens on' }),
  PUBLIC_URL: url('URL under which providers and people reach the API', { default: 'http://127.0.0.1:8080' }),
  BODY_LIMIT_BYTES: Type.Integer({ minimum: 1024, default: 15_000_000, description: 'Largest request body' }),
  RATE_LIMIT_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 60_000,
    description: 'Requests a minute for each API key',
  }),
  WEBHOOK_RATE_LIMIT_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 30_000,
    description: 'Requests a minute for each client address on each webhook',
  }),
  LINK_RATE_LIMIT_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 6_000,
    description: 'The same on each kind of link in messages; image proxies of mail services ask for many people',
  }),
  ANONYMOUS_RATE_LIMIT_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 600,
    description: 'The same on the API reference, and for requests without a valid key',
  }),
  TRUST_PROXY: Type.Optional(
    Type.String({
      description:
        'Proxies whose `X-Forwarded-For` is believed: how many, or their addresses, `10.0.0.0/8,192.0.2.7`; unset for none',
    }),
  ),
  SMTP_URL: Type.Optional(url('Mail server, `smtp://user:password@host:587` or `smtps://…`', secret)),
  EMAIL_FROM: Type.String({
    default: 'Keryu Messaging <no-reply@localhost.localdomain>',
    description: 'Sender of emails',
  }),
  SMTP_TLS: literals(['opportunistic', 'required', 'off'], {
    default: 'opportunistic',
    description: 'STARTTLS on `smtp://`: where offered, always, or never; `smtps://` is TLS from the start',
  }),
  EMAIL_TIMEOUT_SECONDS: seconds('Longest silence of the mail server', 20),
  EMAIL_RETRY_DELAYS: delays('email'),
  EMAIL_RETRY_DELAYS_HIGH: delaysFor('email', 'high'),
  EMAIL_RETRY_DELAYS_LOW: delaysFor('email', 'low'),
  EMAIL_CONCURRENCY: Type.Integer({ minimum: 1, default: 20, description: 'Emails in flight per worker' }),
  EMAIL_RATE_PER_SECOND: rate('emails'),
  EMAIL_RETURN_PATH: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,15}@[A-Za-z0-9.-]+$',
      description: 'Where bounces go, `bounces@mail.example.com`; each mail leaves from a variant of it (VERP)',
    }),
  ),
  EMAIL_TRACKING: literals(TRACKING_MODES, {
    default: 'off',
    description: 'What of an email is tracked where its sender does not say',
  }),
  LIST_UNSUBSCRIBE: literals(UNSUBSCRIBE_MODES, {
    default: 'all',
    description: 'Which emails carry a one-click unsubscribe (RFC 8058)',
  }),
  DKIM_DOMAIN: Type.Optional(Type.String({ description: 'Domain that emails are signed for; unset for no signature' })),
  DKIM_SELECTOR: Type.Optional(Type.String({ description: 'Name of the key in the DNS of that domain' })),
  DKIM_PRIVATE_KEY: Type.Optional(
    Type.String({ description: 'RSA key, best of 2048 bits, as PEM or as base64 of it', ...secret }),
  ),
  BOUNCE_SMTP_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65535,
      description: 'Port on which the API takes bounces by SMTP; unset for none',
    }),
  ),
  BOUNCE_SMTP_HOST: Type.String({ default: '127.0.0.1', description: 'Address that it listens on for them' }),
  TWILIO_ACCOUNT_SID: Type.Optional(
    Type.String({
      pattern: '^AC[0-9a-f]{32}$',
      fault: 'is not AC with 32 hexadecimal digits',
      description: 'Twilio account',
    }),
  ),
  TWILIO_AUTH_TOKEN: Type.Optional(Type.String({ description: 'Twilio auth token', ...secret })),
  TWILIO_BASE_URL: Type.Optional(url('Stand-in for the Twilio API, such as the sandbox; unset for the real one')),
  TWILIO_TIMEOUT_SECONDS: seconds('Longest wait for an answer of Twilio', 15),
  SMS_FROM: Type.Optional(
    Type.String({
      description: 'E.164 sender number, SID of a Messaging Service (`MG…`), or a name of up to 11 characters',
    }),
  ),
  SMS_SENDERS: Type.Optional(
    Type.String({
      pattern: `^[A-Z]{2}=${SENDER}(;[A-Z]{2}=${SENDER})*$`,
      description: 'Senders for single countries, `US=+15005550006;GB=MG…;DE=Keryu`; all others get `SMS_FROM`',
    }),
  ),
  SMS_COUNTRIES: Type.Optional(
    Type.String({
      pattern: '^[A-Z]{2}( [A-Z]{2})*$',
      description: 'Countries that texts may go to, `US GB DE`; unset for all',
    }),
  ),
  SMS_COST_LIMIT: Type.Optional(Type.String({ pattern: AMOUNT, description: 'Most that one text may cost' })),
  SMS_COST_LIMIT_PER_DAY: Type.Optional(
    Type.String({ pattern: AMOUNT, description: 'Most that all texts of a day (UTC) may cost' }),
  ),
  SMS_VALIDITY_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 36_000,
    default: 36_000,
    description: 'How long a text may wait at the provider before it is of no use',
  }),
  SMS_HELP_TEXT: Type.Optional(
    Type.String({ maxLength: 320, description: 'Answer to HELP, where the provider gives none' }),
  ),
  SMS_RETRY_DELAYS: delays('SMS'),
  SMS_RETRY_DELAYS_HIGH: delaysFor('SMS', 'high'),
  SMS_RETRY_DELAYS_LOW: delaysFor('SMS', 'low'),
  SMS_CONCURRENCY: Type.Integer({ minimum: 1, default: 20, description: 'Texts in flight per worker' }),
  SMS_RATE_PER_SECOND: rate('texts'),
  SMS_PRICES: Type.Optional(
    Type.String({
      pattern: `^${PRICE}( ${PRICE})*$`,
      description: 'Price of a segment by country, `*` for others, for estimates: `US:0.0079 GB:0.04 *:0.05`',
    }),
  ),
  PRICE_CURRENCY: Type.String({ pattern: '^[A-Z]{3}$', default: 'USD', description: 'Currency of the prices' }),
  WHATSAPP_FROM: Type.Optional(
    Type.String({ pattern: '^\\+[1-9]\\d{6,14}$', description: 'E.164 number of the WhatsApp sender' }),
  ),
  WHATSAPP_RETRY_DELAYS: delays('WhatsApp'),
  WHATSAPP_RETRY_DELAYS_HIGH: delaysFor('WhatsApp', 'high'),
  WHATSAPP_RETRY_DELAYS_LOW: delaysFor('WhatsApp', 'low'),
  WHATSAPP_CONCURRENCY: Type.Integer({
    minimum: 1,
    default: 20,
    description: 'WhatsApp messages in flight per worker',
  }),
  WHATSAPP_RATE_PER_SECOND: rate('WhatsApp messages'),
  WHATSAPP_UNKNOWN_WINDOW: literals(['open', 'closed'], {
    default: 'open',
    description:
      'Whether a text is tried to a person never seen writing to us; WhatsApp refuses it where they have not',
  }),
  MEDIA_PRIVATE_ADDRESSES: Type.Boolean({
    default: false,
    description: 'Let media URLs lead into private networks, for development',
  }),
  ON_UNCERTAIN: Type.Union([Type.Literal('resend'), Type.Literal('hold')], {
    default: DEFAULT_POLICY.onUncertain,
    description: 'What to do when it cannot be found out whether a provider took a message',
  }),
  UNCERTAIN_LIMIT: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Attempts on a channel that may end in doubt; unset for as many as there are retry delays',
    }),
  ),
  THROTTLE_LIMIT: Type.Integer({
    minimum: 0,
    default: DEFAULT_POLICY.channels.email.throttleLimit,
    description: 'How often a provider may say "later" before that counts as a failed attempt',
  }),
  THROTTLE_DELAY_SECONDS: seconds(
    'How long to wait after "later" where the provider names no time',
    DEFAULT_POLICY.channels.email.throttleDelaySeconds,
  ),
  EXPIRES_AFTER_SECONDS_HIGH: expiry('high'),
  EXPIRES_AFTER_SECONDS_NORMAL: expiry('normal'),
  EXPIRES_AFTER_SECONDS_LOW: expiry('low'),
  POLICY_MAX_ATTEMPTS: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: DEFAULT_POLICY_BOUNDS.maxAttempts,
    description: 'Most attempts on a channel that the policy of a template or a message may ask for',
  }),
  POLICY_MIN_DELAY_SECONDS: seconds('The shortest delay that it may ask for', DEFAULT_POLICY_BOUNDS.minDelaySeconds),
  POLICY_MAX_DELAY_SECONDS: seconds('The longest delay that it may ask for', DEFAULT_POLICY_BOUNDS.maxDelaySeconds),
  DEFAULT_TIME_ZONE: Type.String({
    default: 'UTC',
    description: 'Time zone of the quiet hours of recipients who have none, such as `Europe/Berlin`',
  }),
  OPERATOR_WINDOW_SECONDS: seconds(
    'How long a failed message waits for an operator',
    DEFAULT_POLICY.operatorWindowSeconds,
  ),
  RETENTION_DAYS: Type.String({
    pattern: '^[a-z][a-z0-9_-]{0,49}:\\d{1,5}( [a-z][a-z0-9_-]{0,49}:\\d{1,5})*$',
    default: Object.entries(DEFAULT_RETENTION_RULES.messages)
      .map(([name, days]) => `${name}:${days}`)
      .join(' '),
    description: 'Retention classes, with the days for which messages are kept after their end',
  }),
  RECEIPT_RETENTION_DAYS: days(
    'How long what providers have reported is kept word for word',
    DEFAULT_RETENTION_RULES.receipts,
  ),
  INBOUND_RETENTION_DAYS: days('How long what people wrote to us is kept', DEFAULT_RETENTION_RULES.inbound),
  WORKER_PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 8081,
    description: 'Port of the worker’s health and metrics',
  }),
  WORKER_BUILD_ID: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      description: 'Version of the worker in Temporal (Worker Versioning), such as a commit; unset for no versioning',
    }),
  ),
  WORKFLOW_BUNDLE: Type.Optional(
    Type.String({ description: 'File made by `npm run bundle`, which spares the worker that work at its start' }),
  ),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe level that is logged' },
  ),
});
