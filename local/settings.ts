import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from './ports.ts';
import { StartError } from './start-error.ts';

/** What one checkout keeps from one start to the next: its secrets and the ports it had. */
export interface Settings {
  postgresPassword: string;
  /** In the form of the variable ENCRYPTION_KEYS. */
  encryptionKeys: string;
  /** In the form of the variable LOOKUP_KEY. */
  lookupKey: string;
  /** Of the sandbox. */
  twilioAccountSid: string;
  twilioAuthToken: string;
  /** Null until it has been created. */
  apiKey: string | null;
  ports: Partial<Ports>;
}

/**
 * The settings in `directory`; what is missing is generated and saved.
 * @throws {StartError} when the file is not readable as JSON
 */
export async function readSettings(directory: string): Promise<Settings> {
  const saved = await readSaved(fileOf(directory));
  const settings = { ...generate(), ...saved };
  await saveSettings(directory, settings);
  return settings;
}

/** Replaces the file as a whole, readable by its owner only. */
export async function saveSettings(directory: string, settings: Settings): Promise<void> {
  await mkdir(directory, { recursive: true });
  const draft = `${fileOf(directory)}.new`;
  await writeFile(draft, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, fileOf(directory));
}

function fileOf(directory: string): string {
  return join(directory, 'settings.json');
}

async function readSaved(file: string): Promise<Partial<Settings>> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new StartError(`${file} is not readable: repair it, or remove the folder of it to start afresh.`, {
      cause: error,
    });
  }
}

function generate(): Settings {
  return {
    postgresPassword: randomBytes(18).toString('hex'),
    encryptionKeys: `local:${randomBytes(32).toString('base64')}`,
    lookupKey: randomBytes(32).toString('base64'),
    twilioAccountSid: `AC${randomBytes(16).toString('hex')}`,
    twilioAuthToken: randomBytes(16).toString('hex'),
    apiKey: null,
    ports: {},
  };
}
