import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings, saveSettings } from '../../local/settings.ts';
import { readConfig } from '../../src/config.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keryu-settings-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('secrets are the same at every start', async () => {
  const first = await readSettings(directory);
  expect(await readSettings(directory)).toEqual(first);
});

test('two checkouts have different secrets', async () => {
  const [one, other] = [await readSettings(directory), await readSettings(join(directory, 'other'))];
  expect(one.encryptionKeys).not.toBe(other.encryptionKeys);
});

test('the service accepts the generated keys', async () => {
  const settings = await readSettings(directory);
  const config = readConfig({
    DATABASE_URL: 'postgres://localhost/x',
    ENCRYPTION_KEYS: settings.encryptionKeys,
    LOOKUP_KEY: settings.lookupKey,
    TWILIO_ACCOUNT_SID: settings.twilioAccountSid,
    TWILIO_AUTH_TOKEN: settings.twilioAuthToken,
    SMS_FROM: '+15005550006',
  });
  expect(config.sms?.twilio.accountSid).toBe(settings.twilioAccountSid);
});

test('only the owner can read the file', async () => {
  await readSettings(directory);
  const { mode } = await stat(join(directory, 'settings.json'));
  expect(mode & 0o777).toBe(0o600);
});

test('what is missing in an older file is generated, and the rest is kept', async () => {
  await writeFile(join(directory, 'settings.json'), JSON.stringify({ apiKey: 'kept' }));
  const settings = await readSettings(directory);
  expect(settings).toMatchObject({ apiKey: 'kept', postgresPassword: expect.stringMatching(/^[0-9a-f]{36}$/) });
});

test('a change is kept for the next start', async () => {
  const settings = await readSettings(directory);
  await saveSettings(directory, { ...settings, ports: { api: 18_080 } });
  expect((await readSettings(directory)).ports).toEqual({ api: 18_080 });
});

test('a broken file is named, and its secrets are not thrown away', async () => {
  await writeFile(join(directory, 'settings.json'), '{');
  await expect(readSettings(directory)).rejects.toThrow('settings.json is not readable');
});
