import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, readConfig, Secret } from '../src/config.ts';
import { mergePolicy } from '../src/domain/policy.ts';
import type { Priority } from '../src/domain/statuses.ts';
import { ENVIRONMENT } from '../src/environment.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');

/** The least that has to be set. */
const MINIMUM = {
  DATABASE_URL: 'postgres://keryu:db-password@127.0.0.1/keryu',
  ENCRYPTION_KEYS: `2030:${KEY}`,
  LOOKUP_KEY: OTHER_KEY,
};

const TWILIO = { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'twilio-token' };

/** Everything that holds a secret. */
const SECRETS = {
  ...MINIMUM,
  ...TWILIO,
  TEMPORAL_API_KEY: 'temporal-key',
  SMTP_URL: 'smtps://user:smtp-password@mail.example.com',
  SMS_FROM: '+15005550006',
};

const SECRET_TEXTS = ['db-password', 'twilio-token', 'temporal-key', 'smtp-password', KEY, OTHER_KEY];

function faultOf(environment: NodeJS.ProcessEnv): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no fault';
}

describe('defaults', () => {
  test('are enough for everything but the database and the keys', () => {
    expect(readConfig(MINIMUM)).toMatchObject({
      database: { poolSize: 10 },
      temporal: { address: '127.0.0.1:7233', namespace: 'default', tls: false, apiKey: null },
      api: { host: '127.0.0.1', port: 8080, publicUrl: 'http://127.0.0.1:8080' },
      policy: { onUncertain: 'resend', operatorWindowSeconds: 604_800 },
      logLevel: 'info',
    });
  });

  test('retry on every channel after 30 seconds, 2 and 10 minutes and an hour', () => {
    const { channels } = readConfig(MINIMUM).policy;
    expect(Object.values(channels).map(({ retryDelaysSeconds }) => retryDelaysSeconds)).toEqual([
      ...[
        [30, 120, 600, 3600],
        [30, 120, 600, 3600],
        [30, 120, 600, 3600],
      ],
    ]);
  });

  test('offer no channel, because none has credentials', () => {
    const { email, sms, whatsapp } = readConfig(MINIMUM);
    expect([email, sms, whatsapp]).toEqual([null, null, null]);
  });

  test('say of each variable what it is for', () => {
    const undescribed = Object.entries(ENVIRONMENT.properties).filter(([, schema]) => !('description' in schema));
    expect(undescribed).toEqual([]);
  });
});

describe('what is set', () => {
  test('are the prices of texts by country, for estimates', () => {
    const { rules } = readConfig({ ...MINIMUM, SMS_PRICES: 'US:0.0079 GB:0.0400 *:0.05', PRICE_CURRENCY: 'EUR' });
    expect(rules.sms.prices).toEqual({ currency: 'EUR', perSegment: { US: '0.0079', GB: '0.0400', '*': '0.05' } });
  });

  test('is read with its type', () => {
    const config = readConfig({
      ...{ ...MINIMUM, API_PORT: '0', TEMPORAL_TLS: 'true', ON_UNCERTAIN: 'hold', LOG_LEVEL: 'debug' },
      SMS_RETRY_DELAYS: '5 10',
    });
    expect(config).toMatchObject({
      ...{ api: { port: 0 }, temporal: { tls: true }, logLevel: 'debug' },
      policy: { onUncertain: 'hold', channels: { sms: { retryDelaysSeconds: [5, 10] } } },
    });
  });

  test('says for a priority only what is different there', () => {
    const { policy } = readConfig({ ...MINIMUM, SMS_RETRY_DELAYS_HIGH: '5 10', EXPIRES_AFTER_SECONDS_HIGH: '900' });
    const sms = (priority: Priority) => mergePolicy(policy, priority, null).channels.sms.retryDelaysSeconds;
    expect([sms('high'), sms('normal'), policy.priorities?.high?.expiresAfterSeconds]).toEqual([
      [5, 10],
      [30, 120, 600, 3600],
      900,
    ]);
  });

  test('bounds what templates and messages may ask for', () => {
    const bounds = { POLICY_MAX_ATTEMPTS: '3', POLICY_MIN_DELAY_SECONDS: '10', POLICY_MAX_DELAY_SECONDS: '60' };
    expect(readConfig({ ...MINIMUM, ...bounds }).policy.bounds).toEqual({
      ...{ maxAttempts: 3, minDelaySeconds: 10, maxDelaySeconds: 60 },
    });
  });

  test('keeps the secrets as they are', () => {
    const config = readConfig(SECRETS);
    expect([config.database.url, config.lookupKey, config.temporal.apiKey].map((secret) => secret?.reveal())).toEqual([
      ...[MINIMUM.DATABASE_URL, OTHER_KEY, 'temporal-key'],
    ]);
  });

  test('keeps the order of the key ring, because the first key encrypts', () => {
    const { encryptionKeys } = readConfig({ ...MINIMUM, ENCRYPTION_KEYS: `new:${KEY},old:${OTHER_KEY}` });
    expect(encryptionKeys.map(({ id, key }) => [id, key.reveal()])).toEqual([
      ['new', KEY],
      ['old', OTHER_KEY],
    ]);
  });

  test.each(['', '   '])('counts as unset where it is %j', (empty) => {
    const environment = { ...MINIMUM, API_PORT: empty, SMTP_URL: empty, TEMPORAL_API_KEY: empty };
    expect(readConfig(environment)).toEqual(readConfig(MINIMUM));
  });

  test('may have spaces around it', () => {
    expect(readConfig({ ...MINIMUM, API_PORT: ' 9000 ' }).api.port).toBe(9000);
  });

  test('gives the public URL without a slash at its end', () => {
    expect(readConfig({ ...MINIMUM, PUBLIC_URL: 'https://msg.example.com/' }).api.publicUrl).toBe(
      'https://msg.example.com',
    );
  });
});

describe('the proxies whose word is taken', () => {
  test.each([
    ['', false],
    ['false', false],
    ['1', 1],
    ['12', 12],
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8, 192.0.2.7', ['10.0.0.0/8', '192.0.2.7']],
    ['2001:db8::/32,loopback', ['2001:db8::/32', 'loopback']],
  ])('are, with TRUST_PROXY=%s, %j', (text, expected) => {
    expect(readConfig({ ...MINIMUM, TRUST_PROXY: text }).api.trustProxy).toEqual(expected);
  });
});

describe('a channel', () => {
  test('email is offered once there is a mail server', () => {
    const { email } = readConfig({ ...MINIMUM, SMTP_URL: 'smtp://mail.example.com' });
    expect(email).toMatchObject({ from: 'Keryu Messaging <no-reply@localhost.localdomain>', timeoutSeconds: 20 });
  });

  test.each(['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'] as const)(
    'half a Twilio account, %s alone, is refused',
    (name) => {
      expect(() => readConfig({ ...MINIMUM, [name]: TWILIO[name] })).toThrow('go together');
    },
  );

  test.each(['Keryu', '14155238886', 'whatsapp:+14155238886', `MG${'0'.repeat(32)}`])(
    'a WhatsApp sender %s is refused, as windows are kept for a number',
    (sender) => {
      expect(() => readConfig({ ...MINIMUM, ...TWILIO, WHATSAPP_FROM: sender })).toThrow('WHATSAPP_FROM');
    },
  );

  test('a port for bounces without a return path is refused', () => {
    expect(() => readConfig({ ...MINIMUM, BOUNCE_SMTP_PORT: '2526' })).toThrow('needs EMAIL_RETURN_PATH');
  });

  test('bounces are taken by SMTP once there are a port and a return path', () => {
    const returnPath = { BOUNCE_SMTP_PORT: '2526', EMAIL_RETURN_PATH: 'bounces@mail.example.com' };
    const { bounceListener } = readConfig({ ...MINIMUM, ...returnPath });
    expect(bounceListener).toEqual({ host: '127.0.0.1', port: 2526, returnPath: 'bounces@mail.example.com' });
  });

  test('SMS is offered once Twilio and a sender are known', () => {
    const { sms, whatsapp } = readConfig({ ...MINIMUM, ...TWILIO, SMS_FROM: '+15005550006' });
    expect([sms, whatsapp]).toMatchObject([{ from: '+15005550006', twilio: { baseUrl: null } }, null as never]);
  });

  test('WhatsApp is offered once Twilio and a sender are known', () => {
    const { sms, whatsapp } = readConfig({ ...MINIMUM, ...TWILIO, WHATSAPP_FROM: '+14155238886' });
    expect([sms, whatsapp]).toMatchObject([null as never, { from: '+14155238886' }]);
  });
});

describe('faults', () => {
  test('every variable that is missing or wrong is named at once', () => {
    const message = faultOf({ API_PORT: 'eighty', LOG_LEVEL: 'loud', LOOKUP_KEY: 'short', SMS_RETRY_DELAYS: '5,10' });
    const names = ['DATABASE_URL', 'ENCRYPTION_KEYS', 'API_PORT', 'LOG_LEVEL', 'LOOKUP_KEY', 'SMS_RETRY_DELAYS'];
    expect(names.filter((name) => !message.includes(name))).toEqual([]);
  });

  test('what is in order is not named', () => {
    expect(faultOf({ ...MINIMUM, API_PORT: 'eighty' })).not.toMatch(/DATABASE_URL|LOOKUP_KEY|API_HOST/);
  });

  test('a variable that is missing is said to be not set', () => {
    expect(faultOf({ ...MINIMUM, DATABASE_URL: '' })).toContain('DATABASE_URL is not set');
  });

  test.each([
    ['API_PORT', '65536'],
    ['API_PORT', '-1'],
    ['API_PORT', '80.5'],
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_URL', 'localhost'],
    ['PUBLIC_URL', 'msg.example.com'],
    ['TEMPORAL_TLS', 'maybe'],
    ['ENCRYPTION_KEYS', KEY],
    ['ENCRYPTION_KEYS', `a:${KEY},`],
    ['ENCRYPTION_KEYS', 'a:c2hvcnQ='],
    ['EMAIL_RETRY_DELAYS', '30 -1'],
    ['EMAIL_RETRY_DELAYS_LOW', 'never'],
    ['THROTTLE_LIMIT', '-1'],
    ['EXPIRES_AFTER_SECONDS_LOW', '0'],
    ['DEFAULT_TIME_ZONE', 'Mars/Olympus'],
    ['TWILIO_ACCOUNT_SID', 'AC123'],
    ['ON_UNCERTAIN', 'guess'],
    ['SMS_PRICES', 'us:0.01'],
    ['SMS_PRICES', 'US:0.01,GB:0.04'],
    ['SMS_PRICES', 'US:-1'],
    ['PRICE_CURRENCY', 'dollars'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '0'],
    ['TRUST_PROXY', '100'],
    ['TRUST_PROXY', '1.5'],
    ['TRUST_PROXY', 'proxy.example.com'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '2001:db8::/129'],
    ['TRUST_PROXY', '10.0.0.1,'],
    ['WEBHOOK_RATE_LIMIT_PER_MINUTE', '0'],
    ['LINK_RATE_LIMIT_PER_MINUTE', 'none'],
    ['ANONYMOUS_RATE_LIMIT_PER_MINUTE', '-1'],
  ])('%s may not be %s', (name, value) => {
    expect(faultOf({ ...MINIMUM, [name]: value })).toContain(name);
  });

  test('the message has none of the values', () => {
    const environment = { DATABASE_URL: 'secret-url', ENCRYPTION_KEYS: 'secret-keys', LOOKUP_KEY: 'secret-key' };
    expect(faultOf({ ...environment, SMTP_URL: 'secret-smtp', API_PORT: 'secret-port' })).not.toContain('secret');
  });
});

describe('secrets do not show', () => {
  const config = readConfig(SECRETS);

  test.each<[string, (config: Config) => string]>([
    ['when the configuration is inspected', (given) => inspect(given, { depth: 10, showHidden: true, getters: true })],
    ['when it is turned into JSON', (given) => JSON.stringify(given)],
    ['when a secret is put into a text', (given) => `${given.database.url}, ${given.lookupKey}`],
    ['when a secret is formatted for the log', (given) => inspect([given.database.url, given.email?.smtpUrl])],
    ['when a secret is copied', (given) => JSON.stringify({ ...given.database.url, ...given.encryptionKeys[0]?.key })],
  ])('%s', (_, show) => {
    const text = show(config);
    expect(SECRET_TEXTS.filter((secret) => text.includes(secret))).toEqual([]);
  });

  test('only asking for it gives the value', () => {
    expect(new Secret('value').reveal()).toBe('value');
  });
});

describe('how long messages are kept', () => {
  const read = (RETENTION_DAYS: string) => readConfig({ ...MINIMUM, RETENTION_DAYS }).retention.messages;

  test('is a month, a year or seven years by default', () => {
    expect(readConfig(MINIMUM).retention).toEqual({
      ...{ messages: { short: 30, standard: 365, long: 2555 }, receipts: 90, inbound: 365 },
    });
  });

  test('is said for each class', () => {
    expect(read('standard:90 legal-hold:36500')).toEqual({ standard: 90, 'legal-hold': 36_500 });
  });

  test.each([
    ['without a standard', 'short:30'],
    ['with a class twice', 'standard:30 standard:60'],
    ['for less than two days', 'standard:1'],
    ['without days', 'standard'],
  ])('is refused %s', (_, RETENTION_DAYS) => {
    expect(faultOf({ ...MINIMUM, RETENTION_DAYS })).toContain('RETENTION_DAYS');
  });
});
