import { isIP } from 'node:net';
import { inspect } from 'node:util';
import { type Static, type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import type { Channel } from './domain/channels.ts';
import type { PolicyRules, PriorityRules } from './domain/policy.ts';
import type { SmsPrices } from './domain/prices.ts';
import { DEFAULT_RETENTION, MIN_RETENTION_DAYS, type RetentionRules } from './domain/retention.ts';
import type { SendingRules } from './domain/sending-rules.ts';
import { ENVIRONMENT } from './environment.ts';

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

export interface TwilioConfig {
  accountSid: string;
  authToken: Secret;
  /** Null for the real Twilio. */
  baseUrl: string | null;
  timeoutSeconds: number;
}

export interface EmailConfig {
  smtpUrl: Secret;
  tls: 'opportunistic' | 'required' | 'off';
  from: string;
  timeoutSeconds: number;
  returnPath: string | null;
  dkim: { domain: string; selector: string; privateKey: Secret } | null;
}

export interface SmsConfig {
  twilio: TwilioConfig;
  from: string;
  /** By country. */
  senders: Record<string, string>;
  validitySeconds: number;
}

export interface Config {
  database: { url: Secret; poolSize: number };
  temporal: { address: string; namespace: string; tls: boolean; apiKey: Secret | null };
  /** The first key encrypts; all of them decrypt. */
  encryptionKeys: { id: string; key: Secret }[];
  lookupKey: Secret;
  api: {
    host: string;
    port: number;
    publicUrl: string;
    bodyLimitBytes: number;
    /** Requests a minute. */
    requestLimits: { key: number; webhook: number; link: number; anonymous: number };
    /** How many proxies, or which; false for none. */
    trustProxy: number | string[] | false;
  };
  worker: {
    port: number;
    concurrency: Record<Channel, number>;
    /** For each sender of a channel; null for no limit. */
    ratePerSecond: Record<Channel, number | null>;
    workflowBundle: string | null;
    /** Null for a worker without a version. */
    buildId: string | null;
  };
  /** Null where the channel has no credentials, so that it is not offered. */
  email: EmailConfig | null;
  sms: SmsConfig | null;
  whatsapp: { twilio: TwilioConfig; from: string; allowPrivateMedia: boolean } | null;
  /** Where bounces are taken by SMTP; null for nowhere. */
  bounceListener: { host: string; port: number; returnPath: string } | null;
  smsHelpText: string | null;
  rules: SendingRules;
  retention: RetentionRules;
  policy: PolicyRules;
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
      requestLimits: {
        key: env.RATE_LIMIT_PER_MINUTE,
        webhook: env.WEBHOOK_RATE_LIMIT_PER_MINUTE,
        link: env.LINK_RATE_LIMIT_PER_MINUTE,
        anonymous: env.ANONYMOUS_RATE_LIMIT_PER_MINUTE,
      },
      trustProxy: trustProxy(env),
    },
    worker: {
      port: env.WORKER_PORT,
      concurrency: { email: env.EMAIL_CONCURRENCY, sms: env.SMS_CONCURRENCY, whatsapp: env.WHATSAPP_CONCURRENCY },
      ratePerSecond: {
        email: env.EMAIL_RATE_PER_SECOND ?? null,
        sms: env.SMS_RATE_PER_SECOND ?? null,
        whatsapp: env.WHATSAPP_RATE_PER_SECOND ?? null,
      },
      workflowBundle: env.WORKFLOW_BUNDLE ?? null,
      buildId: env.WORKER_BUILD_ID ?? null,
    },
    email: emailConfig(env),
    sms: smsConfig(env, twilio),
    whatsapp:
      twilio === null || env.WHATSAPP_FROM === undefined
        ? null
        : { twilio, from: env.WHATSAPP_FROM, allowPrivateMedia: env.MEDIA_PRIVATE_ADDRESSES },
    bounceListener: bounceListenerConfig(env),
    smsHelpText: env.SMS_HELP_TEXT ?? null,
    rules: sendingRules(env),
    retention: retentionRules(env),
    policy: policyRules(env),
    logLevel: env.LOG_LEVEL,
  };
}

/** @throws {ConfigError} unless it is a number of proxies, or a list of addresses, CIDR ranges and names of such */
function trustProxy({ TRUST_PROXY: text }: Environment): Config['api']['trustProxy'] {
  if (text === undefined || text === 'false') return false;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  const proxies = text.split(',').map((proxy) => proxy.trim());
  if (proxies.every(isProxy)) return proxies;
  throw new ConfigError(
    'The environment is not usable: TRUST_PROXY is neither a number of proxies from 1 to 99 nor a list of their addresses such as 10.0.0.0/8,192.0.2.7.',
  );
}

function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const length = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (length === 0 || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= length);
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
      .map((error) => faultOf(error.instancePath.slice(1), error.message));
    // Without anything, somebody is at the beginning.
    const hint = missing.length > 1 ? ' (`npm start` runs the service with settings of its own)' : '';
    throw new ConfigError(`The environment is not usable: ${[...missing, ...new Set(wrong)].join('; ')}${hint}.`);
  }
  return given;
}

/** What is wrong with a variable: in its own words, if it has some, because a pattern tells people little. */
function faultOf(name: string, message: string): string {
  const { fault } = (ENVIRONMENT.properties as Record<string, TSchema & { fault?: string }>)[name] ?? {};
  return `${name} ${fault ?? message}`;
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

function emailConfig(env: Environment): EmailConfig | null {
  if (env.SMTP_URL === undefined) return null;
  return {
    smtpUrl: new Secret(env.SMTP_URL),
    tls: env.SMTP_TLS as EmailConfig['tls'],
    from: env.EMAIL_FROM,
    timeoutSeconds: env.EMAIL_TIMEOUT_SECONDS,
    returnPath: env.EMAIL_RETURN_PATH ?? null,
    dkim: dkimConfig(env),
  };
}

/** @throws {ConfigError} where only a part of it is given: mails would leave unsigned without a word */
function dkimConfig(env: Environment): EmailConfig['dkim'] {
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_PRIVATE_KEY: key } = env;
  if (domain === undefined && selector === undefined && key === undefined) return null;
  if (domain === undefined || selector === undefined || key === undefined) {
    throw new ConfigError(
      'The environment is not usable: DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY go together.',
    );
  }
  const pem = key.includes('-----BEGIN') ? key.replaceAll('\\n', '\n') : Buffer.from(key, 'base64').toString();
  return { domain, selector, privateKey: new Secret(pem) };
}

/** @throws {ConfigError} where it is not said for which address */
function bounceListenerConfig(env: Environment): Config['bounceListener'] {
  const { BOUNCE_SMTP_HOST: host, BOUNCE_SMTP_PORT: port, EMAIL_RETURN_PATH: returnPath } = env;
  if (port === undefined) return null;
  if (returnPath === undefined) {
    throw new ConfigError('The environment is not usable: BOUNCE_SMTP_PORT needs EMAIL_RETURN_PATH.');
  }
  return { host, port, returnPath };
}

function smsConfig(env: Environment, twilio: TwilioConfig | null): SmsConfig | null {
  if (twilio === null || env.SMS_FROM === undefined) return null;
  return { twilio, from: env.SMS_FROM, senders: smsSenders(env), validitySeconds: env.SMS_VALIDITY_SECONDS };
}

function smsSenders({ SMS_SENDERS }: Environment): Record<string, string> {
  return Object.fromEntries((SMS_SENDERS ?? '').split(';').flatMap((pair) => (pair === '' ? [] : [pair.split('=')])));
}

/** @throws {ConfigError} where costs are limited that nobody can estimate */
function sendingRules(env: Environment): SendingRules {
  const prices = env.SMS_PRICES === undefined ? null : readPrices(env.SMS_PRICES, env.PRICE_CURRENCY);
  const { SMS_COST_LIMIT: costLimit = null, SMS_COST_LIMIT_PER_DAY: costLimitPerDay = null } = env;
  if (prices === null && (costLimit !== null || costLimitPerDay !== null)) {
    throw new ConfigError('The environment is not usable: SMS_COST_LIMIT and SMS_COST_LIMIT_PER_DAY need SMS_PRICES.');
  }
  return {
    email: {
      tracking: env.EMAIL_TRACKING as SendingRules['email']['tracking'],
      listUnsubscribe: env.LIST_UNSUBSCRIBE as SendingRules['email']['listUnsubscribe'],
      hasReturnPath: env.EMAIL_RETURN_PATH !== undefined,
    },
    sms: {
      countries: env.SMS_COUNTRIES?.split(' ') ?? null,
      sendersByCountry: Object.keys(smsSenders(env)),
      ...{ prices, costLimit, costLimitPerDay },
    },
    whatsapp: {
      sender: env.WHATSAPP_FROM ?? null,
      unknownWindow: env.WHATSAPP_UNKNOWN_WINDOW as SendingRules['whatsapp']['unknownWindow'],
    },
    defaultTimeZone: defaultTimeZone(env),
  };
}

/** @throws {ConfigError} where a class comes twice, or messages without one would have none */
function retentionRules(env: Environment): RetentionRules {
  const classes = env.RETENTION_DAYS.split(' ').map((pair) => pair.split(':') as [string, string]);
  const messages = Object.fromEntries(classes.map(([name, days]) => [name, Number(days)]));
  const isUsable = Object.hasOwn(messages, DEFAULT_RETENTION) && Object.keys(messages).length === classes.length;
  if (!isUsable || Object.values(messages).some((days) => days < MIN_RETENTION_DAYS)) {
    throw new ConfigError(
      `The environment is not usable: RETENTION_DAYS needs each class once, ${DEFAULT_RETENTION} among them, and at least ${MIN_RETENTION_DAYS} days for each.`,
    );
  }
  return { messages, receipts: env.RECEIPT_RETENTION_DAYS, inbound: env.INBOUND_RETENTION_DAYS };
}

function readPrices(prices: string, currency: string): SmsPrices {
  return { currency, perSegment: Object.fromEntries(prices.split(' ').map((price) => price.split(':'))) };
}

/** @throws {ConfigError} where nobody knows the time there */
function defaultTimeZone({ DEFAULT_TIME_ZONE: timeZone }: Environment): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError('The environment is not usable: DEFAULT_TIME_ZONE is no time zone such as Europe/Berlin.');
  }
}

function policyRules(env: Environment): PolicyRules {
  const everywhere = {
    throttleLimit: env.THROTTLE_LIMIT,
    throttleDelaySeconds: env.THROTTLE_DELAY_SECONDS,
    ...(env.UNCERTAIN_LIMIT !== undefined && { uncertainLimit: env.UNCERTAIN_LIMIT }),
  };
  return {
    channels: {
      email: { ...everywhere, retryDelaysSeconds: seconds(env.EMAIL_RETRY_DELAYS) },
      sms: { ...everywhere, retryDelaysSeconds: seconds(env.SMS_RETRY_DELAYS) },
      whatsapp: { ...everywhere, retryDelaysSeconds: seconds(env.WHATSAPP_RETRY_DELAYS) },
    },
    priorities: {
      high: priorityRules(env, 'HIGH'),
      normal: priorityRules(env, 'NORMAL'),
      low: priorityRules(env, 'LOW'),
    },
    bounds: {
      maxAttempts: env.POLICY_MAX_ATTEMPTS,
      minDelaySeconds: env.POLICY_MIN_DELAY_SECONDS,
      maxDelaySeconds: env.POLICY_MAX_DELAY_SECONDS,
    },
    onUncertain: env.ON_UNCERTAIN,
    operatorWindowSeconds: env.OPERATOR_WINDOW_SECONDS,
  };
}

function priorityRules(env: Environment, priority: 'HIGH' | 'NORMAL' | 'LOW'): PriorityRules {
  const expiresAfterSeconds = env[`EXPIRES_AFTER_SECONDS_${priority}`];
  const delaysOf = (delays: string | undefined) =>
    delays === undefined ? {} : { retryDelaysSeconds: seconds(delays) };
  return {
    ...(expiresAfterSeconds !== undefined && { expiresAfterSeconds }),
    ...(priority !== 'NORMAL' && {
      channels: {
        email: delaysOf(env[`EMAIL_RETRY_DELAYS_${priority}`]),
        sms: delaysOf(env[`SMS_RETRY_DELAYS_${priority}`]),
        whatsapp: delaysOf(env[`WHATSAPP_RETRY_DELAYS_${priority}`]),
      },
    }),
  };
}

function seconds(delays: string): number[] {
  return delays.split(' ').map(Number);
}
