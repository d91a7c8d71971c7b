import { join } from 'node:path';
import { lastLines } from './child-process.ts';
import { type Addresses, apiUrl, sandboxNeeds } from './environment.ts';
import type { Places } from './places.ts';
import type { Ports } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { type Sandbox, startSandbox } from './sandbox/start.ts';
import type { Settings } from './settings.ts';
import { startTemporal } from './temporal.ts';
import { temporalPath } from './temporal-program.ts';

export interface ServerOptions {
  places: Places;
  environment: NodeJS.ProcessEnv;
  settings: Settings;
  ports: Ports;
  /** Called with a reason when a server ends, also when it was stopped. */
  onEnd: (reason: string) => void;
}

export interface Servers {
  addresses: Addresses;
  /** Ends the servers in order, the database last. */
  stop(): Promise<void>;
}

/**
 * Starts what the service needs and the developer has not set to something else: PostgreSQL, Temporal, the sandbox.
 * @throws {StartError} when one of them does not start
 */
export async function startServers(options: ServerOptions): Promise<Servers> {
  const [postgres, temporal, sandbox] = await Promise.all([
    startOwnPostgres(options),
    startOwnTemporal(options),
    startOwnSandbox(options),
  ]);
  return {
    addresses: {
      databaseUrl: postgres.url,
      temporalAddress: temporal.address,
      temporalUiUrl: temporal.uiUrl,
      sandbox,
    },
    async stop() {
      await sandbox?.close();
      await temporal.stop();
      await postgres.stop();
    },
  };
}

async function startOwnPostgres({ places, environment, settings, ports, onEnd }: ServerOptions) {
  const url = environment.DATABASE_URL?.trim();
  if (url) return { url, stop: nothing };
  const logFile = join(places.logs, 'postgres.log');
  const server = await startPostgres({
    directory: places.postgres,
    port: ports.postgres,
    password: settings.postgresPassword,
    logFile,
    runDirectory: places.run,
  });
  if (server.directory !== places.postgres)
    console.log(`The database user cannot reach ${places.local}; the data is in ${server.directory}.`);
  void server.exited.then((how) => onEnd(reasonOf('PostgreSQL', how, logFile)));
  return server;
}

async function startOwnTemporal({ places, environment, ports, onEnd }: ServerOptions) {
  const address = environment.TEMPORAL_ADDRESS?.trim();
  if (address) return { address, uiUrl: null, stop: nothing };
  const logFile = join(places.logs, 'temporal.log');
  const server = await startTemporal({
    program: await temporalPath(places.tools, environment),
    port: ports.temporal,
    uiPort: ports.temporalUi,
    databaseFile: places.temporalDatabase,
    logFile,
    runDirectory: places.run,
  });
  void server.exited.then((how) => onEnd(reasonOf('Temporal', how, logFile)));
  return server;
}

async function startOwnSandbox({ environment, settings, ports }: ServerOptions): Promise<Sandbox | null> {
  const needs = sandboxNeeds(environment);
  if (!needs.email && !needs.twilio) return null;
  return startSandbox({
    httpPort: ports.sandbox,
    smtpPort: ports.smtp,
    accountSid: settings.twilioAccountSid,
    authToken: settings.twilioAuthToken,
    bounceUrl: `${apiUrl(ports)}/api/webhooks/email/bounce/`,
    inboundUrl: `${apiUrl(ports)}/api/webhooks/twilio/inbound/`,
  });
}

function reasonOf(name: string, how: string, logFile: string): string {
  return `${name} ended (${how}). The end of ${logFile}:\n${lastLines(logFile)}`;
}

/** Stops a server that is not ours. */
async function nothing(): Promise<void> {
  await Promise.resolve();
}
