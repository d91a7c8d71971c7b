import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Addresses, localEnvironmentFile, sandboxNeeds, serviceEnvironment } from '../../local/environment.ts';
import type { Ports } from '../../local/ports.ts';
import type { Settings } from '../../local/settings.ts';
import { readConfig } from '../../src/config.ts';

const KEY = Buffer.alloc(32).toString('base64');
const PORTS: Ports = { api: 1, worker: 2, temporal: 3, temporalUi: 4, postgres: 5, sandbox: 6, smtp: 7 };
const SETTINGS: Settings = {
  postgresPassword: 'p',
  encryptionKeys: `local:${KEY}`,
  lookupKey: KEY,
  twilioAccountSid: `AC${'0'.repeat(32)}`,
  twilioAuthToken: 'sandbox token',
  apiKey: null,
  ports: {},
};
const ADDRESSES: Addresses = {
  databaseUrl: 'postgres://127.0.0.1:5/messaging',
  temporalAddress: '127.0.0.1:3',
  temporalUiUrl: 'http://127.0.0.1:4',
  sandbox: { httpUrl: 'http://127.0.0.1:6', smtpUrl: 'smtp://127.0.0.1:7', twilioBaseUrl: 'http://127.0.0.1:6' },
};

function configOf(environment: NodeJS.ProcessEnv) {
  return readConfig(serviceEnvironment(environment, SETTINGS, PORTS, ADDRESSES));
}

test('without any variable every channel works through the sandbox', () => {
  const config = configOf({});
  expect(config.email?.smtpUrl.reveal()).toBe('smtp://127.0.0.1:7');
  expect(config.sms?.twilio.baseUrl).toBe('http://127.0.0.1:6');
  expect(config.whatsapp?.twilio.baseUrl).toBe('http://127.0.0.1:6');
});

test('a mail server that the developer sets is used, and the sandbox for the rest', () => {
  const config = configOf({ SMTP_URL: 'smtps://mail.example.com' });
  expect(config.email?.smtpUrl.reveal()).toBe('smtps://mail.example.com');
  expect(config.sms?.twilio.baseUrl).toBe('http://127.0.0.1:6');
});

test('the real Twilio gets neither the sandbox address nor a sender that is not the account’s', () => {
  const config = configOf({
    TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'real',
    SMS_FROM: '+15551234567',
  });
  expect(config.sms).toMatchObject({ from: '+15551234567', twilio: { baseUrl: null } });
  expect(config.whatsapp).toBeNull();
});

test('half of Twilio’s credentials are refused', () => {
  expect(() => sandboxNeeds({ TWILIO_AUTH_TOKEN: 'x' })).toThrow('belong together');
});

test('links lead to the API of this machine unless the developer sets another address', () => {
  expect(configOf({}).api.publicUrl).toBe('http://127.0.0.1:1');
  expect(configOf({ PUBLIC_URL: 'https://tunnel.example.com' }).api.publicUrl).toBe('https://tunnel.example.com');
});

test('an empty variable counts as unset', () => {
  expect(configOf({ SMTP_URL: ' ', PUBLIC_URL: '' }).email?.smtpUrl.reveal()).toBe('smtp://127.0.0.1:7');
});

test('other programs of the checkout find every address and the key in the environment file', () => {
  const env = serviceEnvironment({}, SETTINGS, PORTS, ADDRESSES);
  expect(localEnvironmentFile(env, 'secret', PORTS, ADDRESSES)).toBe(`export MESSAGING_URL='http://127.0.0.1:1'
export MESSAGING_API_KEY='secret'
export DATABASE_URL='postgres://127.0.0.1:5/messaging'
export TEMPORAL_ADDRESS='127.0.0.1:3'
export TEMPORAL_UI_URL='http://127.0.0.1:4'
export SANDBOX_URL='http://127.0.0.1:6'
export SMTP_URL='smtp://127.0.0.1:7'
`);
});

test('the environment file leaves out what is not there', () => {
  const addresses = { ...ADDRESSES, temporalUiUrl: null, sandbox: null };
  expect(localEnvironmentFile({}, 'secret', PORTS, addresses)).not.toMatch(/UI_URL|SANDBOX_URL|SMTP_URL/);
});

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A file with that mail server, and the path of it. */
function fileWith(smtpUrl: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'keryu-environment-'));
  directories.push(directory);
  const file = join(directory, 'local.env');
  writeFileSync(file, localEnvironmentFile({ SMTP_URL: smtpUrl }, 'secret', PORTS, ADDRESSES));
  return file;
}

const PRINT = 'process.stdout.write(process.env.SMTP_URL)';

test.each([
  'smtp://127.0.0.1:7',
  'smtp://user:a b$HOME`id`"\\@mail.example.com',
  "smtp://user:it's@mail.example.com",
  'smtp://user:!#&;|<>(){}*?~@mail.example.com',
])('a shell that sources the file passes %s on to its programs as it is', (smtpUrl) => {
  const script = `. "$0"; exec "$1" -e '${PRINT}'`;
  expect(execFileSync('sh', ['-c', script, fileWith(smtpUrl), process.execPath], { encoding: 'utf8' })).toBe(smtpUrl);
});

test.each(['smtp://127.0.0.1:7', 'smtp://user:a b$HOME`id`"\\@mail.example.com'])(
  'Node reads %s out of the file as well',
  (smtpUrl) => {
    const parameters = [`--env-file=${fileWith(smtpUrl)}`, '-e', PRINT];
    expect(execFileSync(process.execPath, parameters, { encoding: 'utf8', env: {} })).toBe(smtpUrl);
  },
);
