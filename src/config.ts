import { inspect } from 'node:util';
import { type Static, type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import type { Channel } from './domain/channels.ts';
import { DEFAULT_POLICY, type Policy } from './domain/policy.ts';
import type { SmsPrices } from './domain/prices.ts';

/** A value that shows up neither in logs nor in JSON nor in string concatenation; `reveal()` gives it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** The environment is not usable; the message names every faulty variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const url = (description: string, more: object = {}) => Type.String({ pattern: '^[a-z]+://', description, ...more });
const seconds = (description: string, standard: number) => Type.Integer({ minimum: 1, description, default: standard });
const delays = (channel: string) =>
  Type.String({
    pattern: '^\\d+( \\d+)*$',
    default: DEFAULT_POLICY.channels.email.retryDelaysSeconds.join(' '),
    description: `Seconds before each retry on ${channel}, separated by spaces`,
  });
const secret = { secret: true };
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
    description: 'Key ring `id:base64,…` of 32-byte keys for personal data; the first one encrypts, all decrypt',
    ...secret,
  }),
  LOOKUP_KEY: Type.String({
    pattern: '^[A-Za-z0-9+/]{43}=$',
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
  SMTP_URL: Type.Optional(url('Mail server, `smtp://user:password@host:587` or `smtps://…`', secret)),
  EMAIL_FROM: Type.String({
    default: 'Keryu Messaging <no-reply@localhost.localdomain>',
    description: 'Sender of emails',
  }),
  EMAIL_TIMEOUT_SECONDS: seconds('Longest silence of the mail server', 20),
  EMAIL_RETRY_DELAYS: delays('email'),
  EMAIL_CONCURRENCY: Type.Integer({ minimum: 1, default: 20, description: 'Emails in flight per worker' }),
  TWILIO_ACCOUNT_SID: Type.Optional(Type.String({ pattern: '^AC[0-9a-f]{32}$', description: 'Twilio account' })),
  TWILIO_AUTH_TOKEN: Type.Optional(Type.String({ description: 'Twilio auth token', ...secret })),
  TWILIO_BASE_URL: Type.Optional(url('Stand-in for the Twilio API, such as the sandbox; unset for the real one')),
  TWILIO_TIMEOUT_SECONDS: seconds('Longest wait for an answer of Twilio', 15),
  SMS_FROM: Type.Optional(
    Type.String({ description: 'E.164 sender number, or the SID of a Messaging Service (`MG…`)' }),
  ),
  SMS_RETRY_DELAYS: delays('SMS'),
  SMS_CONCURRENCY: Type.Integer({ minimum: 1, default: 20, description: 'Texts in flight per worker' }),
  SMS_PRICES: Type.Optional(
    Type.String({
      pattern: `^${PRICE}( ${PRICE})*$`,
      description: 'Price of a segment by country, `*` for others, for estimates: `US:0.0079 GB:0.04 *:0.05`',
    }),
  ),
  PRICE_CURRENCY: Type.String({ pattern: '^[A-Z]{3}$', default: 'USD', description: 'Currency of the prices' }),
  WHATSAPP_FROM: Type.Optional(Type.String({ description: 'E.164 number of the WhatsApp sender' })),
  WHATSAPP_RETRY_DELAYS: delays('WhatsApp'),
  WHATSAPP_CONCURRENCY: Type.Integer({
    minimum: 1,
    default: 20,
    description: 'WhatsApp messages in flight per worker',
  }),
  ON_UNCERTAIN: Type.Union([Type.Literal('resend'), Type.Literal('hold')], {
    default: DEFAULT_POLICY.onUncertain,
    description: 'What to do when it cannot be found out whether a provider took a message',
  }),
  OPERATOR_WINDOW_SECONDS: seconds(
    'How long a failed message waits for an operator',
    DEFAULT_POLICY.operatorWindowSeconds,
  ),
  WORKER_PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 8081,
    description: 'Port of the worker’s health and metrics',
  }),
  WORKFLOW_BUNDLE: Type.Optional(
    Type.String({ description: 'File made by `npm run bundle`, which spares the worker that work at its start' }),
  ),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe level that is logged' },
  ),
});

export interface TwilioConfig {
  accountSid: string;
  authToken: Secret;
  /** Null for the real Twilio. */
  baseUrl: string | null;
  timeoutSeconds: number;
}

export interface Config {
  database: { url: Secret; poolSize: number };
  temporal: { address: string; namespace: string; tls: boolean; apiKey: Secret | null };
  /** The first key encrypts; all of them decrypt. */
  encryptionKeys: { id: string; key: Secret }[];
  lookupKey: Secret;
  api: { host: string; port: number; publicUrl: string; bodyLimitBytes: number; rateLimitPerMinute: number };
  worker: { port: number; concurrency: Record<Channel, number>; workflowBundle: string | null };
  /** Null where the channel has no credentials, so that it is not offered. */
  email: { smtpUrl: Secret; from: string; timeoutSeconds: number } | null;
  sms: { twilio: TwilioConfig; from: string } | null;
  whatsapp: { twilio: TwilioConfig; from: string } | null;
  /** Null where costs are not to be estimated. */
  prices: SmsPrices | null;
  policy: Policy;
  logLevel: string;
}

/**
 * Reads and checks the environment. Empty variables count as unset, so that a compose file can pass them through.
 * @throws {ConfigError} naming every variable that is missing or wrong, without its value
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const env = parseEnvironment(environment);
  const twilio = twilioConfig(env);
  return {
    database: { url: new Secret(env.DATABASE_URL), poolSize: env.DATABASE_POOL_SIZE },
    temporal: {
      address: env.TEMPORAL_ADDRESS,
      namespace: env.TEMPORAL_NAMESPACE,
      tls: env.TEMPORAL_TLS,
      apiKey: env.TEMPORAL_API_KEY === undefined ? null : new Secret(env.TEMPORAL_API_KEY),
    },
    encryptionKeys: env.ENCRYPTION_KEYS.split(',').map((entry) => {
      const [id = '', key = ''] = entry.split(':');
      return { id, key: new Secret(key) };
    }),
    lookupKey: new Secret(env.LOOKUP_KEY),
    api: {
      host: env.API_HOST,
      port: env.API_PORT,
      publicUrl: env.PUBLIC_URL.replace(/\/+$/, ''),
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    },
    worker: {
      port: env.WORKER_PORT,
      concurrency: { email: env.EMAIL_CONCURRENCY, sms: env.SMS_CONCURRENCY, whatsapp: env.WHATSAPP_CONCURRENCY },
      workflowBundle: env.WORKFLOW_BUNDLE ?? null,
    },
    email:
      env.SMTP_URL === undefined
        ? null
        : { smtpUrl: new Secret(env.SMTP_URL), from: env.EMAIL_FROM, timeoutSeconds: env.EMAIL_TIMEOUT_SECONDS },
    sms: twilio === null || env.SMS_FROM === undefined ? null : { twilio, from: env.SMS_FROM },
    whatsapp: twilio === null || env.WHATSAPP_FROM === undefined ? null : { twilio, from: env.WHATSAPP_FROM },
    prices: env.SMS_PRICES === undefined ? null : readPrices(env.SMS_PRICES, env.PRICE_CURRENCY),
    policy: {
      channels: {
        email: channelPolicy('email', env.EMAIL_RETRY_DELAYS),
        sms: channelPolicy('sms', env.SMS_RETRY_DELAYS),
        whatsapp: channelPolicy('whatsapp', env.WHATSAPP_RETRY_DELAYS),
      },
      onUncertain: env.ON_UNCERTAIN,
      operatorWindowSeconds: env.OPERATOR_WINDOW_SECONDS,
    },
    logLevel: env.LOG_LEVEL,
  };
}

type Environment = Static<typeof ENVIRONMENT>;

function parseEnvironment(environment: NodeJS.ProcessEnv): Environment {
  const given: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries<TSchema & { default?: unknown }>(ENVIRONMENT.properties)) {
    const text = environment[name]?.trim();
    given[name] = text === undefined || text === '' ? schema.default : convert(schema, text);
    if (given[name] === undefined) delete given[name];
  }
  if (!Value.Check(ENVIRONMENT, given)) {
    const missing = Object.entries<TSchema>(ENVIRONMENT.properties)
      .filter(([name, schema]) => !(name in given) && !Type.IsOptional(schema))
      .map(([name]) => `${name} is not set`);
    const wrong = Value.Errors(ENVIRONMENT, given)
      .filter((error) => error.instancePath !== '')
      .map((error) => `${error.instancePath.slice(1)} ${error.message}`);
    throw new ConfigError(`The environment is not usable: ${[...missing, ...new Set(wrong)].join('; ')}.`);
  }
  return given;
}

/** TypeBox cuts fractions off; a number that does not read back the same stays a text, which the check refuses. */
function convert(schema: TSchema, text: string): unknown {
  const value = Value.Convert(schema, text);
  return typeof value === 'number' && String(value) !== text ? text : value;
}

/** @throws {ConfigError} where only half of the account is given: its channels would be missing without a word */
function twilioConfig(env: Environment): TwilioConfig | null {
  if ((env.TWILIO_ACCOUNT_SID === undefined) !== (env.TWILIO_AUTH_TOKEN === undefined)) {
    throw new ConfigError('The environment is not usable: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN go together.');
  }
  if (env.TWILIO_ACCOUNT_SID === undefined || env.TWILIO_AUTH_TOKEN === undefined) return null;
  return {
    accountSid: env.TWILIO_ACCOUNT_SID,
    authToken: new Secret(env.TWILIO_AUTH_TOKEN),
    baseUrl: env.TWILIO_BASE_URL ?? null,
    timeoutSeconds: env.TWILIO_TIMEOUT_SECONDS,
  };
}

function readPrices(prices: string, currency: string): SmsPrices {
  return { currency, perSegment: Object.fromEntries(prices.split(' ').map((price) => price.split(':'))) };
}

function channelPolicy(channel: Channel, delays: string) {
  return { ...DEFAULT_POLICY.channels[channel], retryDelaysSeconds: delays.split(' ').map(Number) };
}
