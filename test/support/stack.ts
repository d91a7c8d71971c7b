import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inject } from 'vitest';
import { ensureLocalApiKey } from '../../local/api-key.ts';
import { lastLines } from '../../local/child-process.ts';
import { placesOf } from '../../local/places.ts';
import { type Sandbox, startSandbox } from '../../local/sandbox/start.ts';
import { startTemporal } from '../../local/temporal.ts';
import { temporalPath } from '../../local/temporal-program.ts';
import { quietPort } from './quiet-port.ts';
import { createStackClient, type StackClient } from './stack-client.ts';
import { ownDatabase, sharedDatabase } from './stack-database.ts';
import { createPart, createServicePart, type Part } from './stack-parts.ts';

type PartName = 'temporal' | 'api' | 'worker';

export interface TestStackOptions {
  /** What differs in the environment of api and worker. */
  env?: NodeJS.ProcessEnv;
  /** A PostgreSQL of its own, which can be stopped; a durable one can be killed too. */
  ownPostgres?: boolean | 'durable';
  /** Temporal with its web UI; without it by default. */
  temporalUi?: boolean;
  /** What is started; the rest only when the test starts it. All by default. */
  start?: readonly PartName[];
}

/** The whole service with servers of its own: nothing of it is shared but, by default, the PostgreSQL server. */
export interface TestStack extends StackClient {
  readonly api: Part;
  readonly worker: Part;
  readonly temporal: Part;
  readonly postgres: Part;
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  readonly temporalAddress: string;
  /** Null without the option `temporalUi`. */
  readonly temporalUiUrl: string | null;
  readonly apiUrl: string;
  readonly apiKey: string;
  /** All that api, worker and Temporal have printed. */
  logs(): string;
  /** What Prometheus would read of api and worker. */
  metrics(): Promise<string[]>;
  /** All that Temporal has written to its disk. */
  temporalFiles(): Buffer;
  close(): Promise<void>;
}

const PLACES = placesOf(resolve(import.meta.dirname, '../..'));

const TEMPORAL_FILE = 'temporal.db';

/** Retries come at once, so that a life of many attempts fits into a test. */
const QUICK_RETRIES = { EMAIL_RETRY_DELAYS: '1 1', SMS_RETRY_DELAYS: '1 1', WHATSAPP_RETRY_DELAYS: '1 1' };

export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const directory = await mkdtemp(join(tmpdir(), 'keryu-stack-'));
  // The database user, another one than root, passes through it.
  await chmod(directory, 0o711);
  const account = { accountSid: `AC${randomBytes(16).toString('hex')}`, authToken: randomUUID() };
  const [temporalPort, apiPort, workerPort] = [await quietPort(), await quietPort(), await quietPort()];
  const uiPort = options.temporalUi === true ? await quietPort() : null;
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const [database, sandbox] = await Promise.all([
    options.ownPostgres ? ownDatabase(directory, PLACES.run, options.ownPostgres === 'durable') : sharedDatabase(),
    startSandbox({
      ...{ httpPort: 0, smtpPort: 0, callbackDelayMs: 50, ...account },
      bounceUrl: `${apiUrl}/api/webhooks/email/bounce/`,
      inboundUrl: `${apiUrl}/api/webhooks/twilio/inbound/`,
    }),
  ]);
  const temporalAddress = `127.0.0.1:${temporalPort}`;
  const env: NodeJS.ProcessEnv = {
    ...serviceEnvironment(sandbox, account),
    ...{ DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporalAddress, PUBLIC_URL: apiUrl },
    ...{ API_PORT: String(apiPort), WORKER_PORT: String(workerPort), WORKFLOW_BUNDLE: inject('workflowBundlePath') },
    ...options.env,
  };
  const logFiles = ['api', 'worker', 'temporal'].map((name) => join(directory, `${name}.log`));
  const service = (name: 'api' | 'worker', healthUrl: string) =>
    createServicePart({ name, env, healthUrl, logFile: join(directory, `${name}.log`), places: PLACES });
  const parts = {
    temporal: temporalPart(directory, temporalPort, uiPort),
    api: service('api', `${apiUrl}/api/health/ready/`),
    worker: service('worker', `http://127.0.0.1:${workerPort}/health/ready`),
  };
  const close = async () => {
    await Promise.all([parts.worker.stop(), parts.api.stop()]);
    await Promise.all([parts.temporal.stop(), sandbox.close(), database.drop()]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const wanted = options.start ?? ['temporal', 'api', 'worker'];
    const start = async (name: PartName) => wanted.includes(name) && (await parts[name].start());
    // The worker needs Temporal.
    await Promise.all([start('api'), start('temporal').then(() => start('worker'))]);
    const apiKey = await ensureLocalApiKey(database.url, null);
    return {
      ...createStackClient(apiUrl, apiKey, sandbox.httpUrl),
      ...parts,
      postgres: database.part,
      databaseUrl: database.url,
      sandboxUrl: sandbox.httpUrl,
      temporalAddress,
      temporalUiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
      ...{ apiUrl, apiKey },
      logs: () => logFiles.map((file) => readFileSync(file, 'utf8')).join('\n'),
      metrics: () => Promise.all([apiPort, workerPort].map(readMetrics)),
      temporalFiles: () => Buffer.concat(temporalFiles(directory).map((file) => readFileSync(file))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function serviceEnvironment(sandbox: Sandbox, account: { accountSid: string; authToken: string }): NodeJS.ProcessEnv {
  return {
    ...{ PATH: process.env.PATH, TZ: 'UTC' },
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    LOOKUP_KEY: randomBytes(32).toString('base64'),
    SMTP_URL: sandbox.smtpUrl,
    EMAIL_RETURN_PATH: 'bounces@localhost.localdomain',
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_BASE_URL: sandbox.twilioBaseUrl,
    SMS_FROM: '+15005550006',
    WHATSAPP_FROM: '+14155238886',
    LOG_LEVEL: 'debug',
    ...QUICK_RETRIES,
  };
}

async function readMetrics(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** The database, and what SQLite puts beside it. */
function temporalFiles(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => name.startsWith(TEMPORAL_FILE));
  return names.map((name) => join(directory, name));
}

function temporalPart(directory: string, port: number, uiPort: number | null): Part {
  const logFile = join(directory, 'temporal.log');
  return createPart(async () => {
    const program = await temporalPath(PLACES.tools, process.env);
    const databaseFile = join(directory, TEMPORAL_FILE);
    const options = { program, port, uiPort, databaseFile, logFile, runDirectory: PLACES.run };
    return await startTemporal(options).catch((error: unknown) => {
      throw new Error(lastLines(logFile), { cause: error });
    });
  });
}
