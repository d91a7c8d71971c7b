import { ENVIRONMENT } from '../src/environment.ts';
import type { Ports } from './ports.ts';
import type { Settings } from './settings.ts';
import { StartError } from './start-error.ts';

/** Where the parts of the running stack are. Null: not ours, or switched off. */
export interface Addresses {
  databaseUrl: string;
  temporalAddress: string;
  temporalUiUrl: string | null;
  sandbox: { httpUrl: string; smtpUrl: string; twilioBaseUrl: string } | null;
}

/** The sandbox posts to the API what it returns, so nothing has to arrive there. */
const RETURN_PATH = 'bounces@localhost.localdomain';

/** Twilio's test number, from which nothing is ever sent for real (twilio.com/docs/iam/test-credentials). */
const SMS_SENDER = '+15005550006';

/** The number of Twilio's WhatsApp sandbox (twilio.com/docs/whatsapp/sandbox). */
const WHATSAPP_SENDER = '+14155238886';

/**
 * Which channels need the sandbox, because nothing is set for the real provider.
 * @throws {StartError} when only one half of Twilio's credentials is set
 */
export function sandboxNeeds(environment: NodeJS.ProcessEnv): { email: boolean; twilio: boolean } {
  const [sid, token] = [isSet(environment, 'TWILIO_ACCOUNT_SID'), isSet(environment, 'TWILIO_AUTH_TOKEN')];
  if (sid !== token)
    throw new StartError('TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN belong together: set both or none.');
  return { email: !isSet(environment, 'SMTP_URL'), twilio: !sid };
}

/** The environment of the api and the worker: what the developer has set, and local values for the rest. */
export function serviceEnvironment(
  environment: NodeJS.ProcessEnv,
  settings: Settings,
  ports: Ports,
  addresses: Addresses,
): NodeJS.ProcessEnv {
  const needs = sandboxNeeds(environment);
  const { sandbox } = addresses;
  const given = Object.entries(environment).filter(([name]) => isSet(environment, name));
  return {
    ENCRYPTION_KEYS: settings.encryptionKeys,
    LOOKUP_KEY: settings.lookupKey,
    PUBLIC_URL: apiUrl(ports),
    ...(needs.email ? { EMAIL_RETURN_PATH: RETURN_PATH } : {}),
    ...(needs.twilio ? { SMS_FROM: SMS_SENDER, WHATSAPP_FROM: WHATSAPP_SENDER } : {}),
    ...Object.fromEntries(given),
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    API_PORT: String(ports.api),
    WORKER_PORT: String(ports.worker),
    ...(needs.email && sandbox !== null ? { SMTP_URL: sandbox.smtpUrl } : {}),
    ...(needs.twilio && sandbox !== null
      ? {
          TWILIO_ACCOUNT_SID: settings.twilioAccountSid,
          TWILIO_AUTH_TOKEN: settings.twilioAuthToken,
          TWILIO_BASE_URL: sandbox.twilioBaseUrl,
        }
      : {}),
  };
}

/**
 * What other programs of this checkout need in order to talk to the running stack, as a file for `source`: the shell
 * passes the variables on to the programs that it starts. Node reads it as well (`--env-file`).
 */
export function localEnvironmentFile(
  service: NodeJS.ProcessEnv,
  apiKey: string,
  { api }: Ports,
  addresses: Addresses,
): string {
  const variables = {
    MESSAGING_URL: apiUrl({ api }),
    MESSAGING_API_KEY: apiKey,
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    TEMPORAL_UI_URL: addresses.temporalUiUrl,
    SANDBOX_URL: addresses.sandbox?.httpUrl,
    SMTP_URL: service.SMTP_URL,
  };
  const lines = Object.entries(variables).filter(([, value]) => value != null);
  return lines.map(([name, value]) => `export ${name}=${quoted(String(value))}\n`).join('');
}

/** A value in single quotes, in which a shell takes every character as it is; a single quote itself stands outside. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** The environment that api and worker run with, as a file that Node reads (`--env-file`). */
export function serviceEnvironmentFile(service: NodeJS.ProcessEnv): string {
  const known = Object.keys(ENVIRONMENT.properties).filter((name) => isSet(service, name));
  // Double quotes, within which `\n` is a line break: a key in PEM has several.
  return known.map((name) => `${name}="${service[name]?.replaceAll('\n', '\\n')}"\n`).join('');
}

/** Where the API answers on this machine. */
export function apiUrl({ api }: Pick<Ports, 'api'>): string {
  return `http://127.0.0.1:${api}`;
}

function isSet(environment: NodeJS.ProcessEnv, name: string): boolean {
  return (environment[name]?.trim() ?? '') !== '';
}
