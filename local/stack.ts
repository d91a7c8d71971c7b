import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateToLatest } from '../src/db/migrate.ts';
import { ensureLocalApiKey } from './api-key.ts';
import {
  type Addresses,
  apiUrl,
  localEnvironmentFile,
  serviceEnvironment,
  serviceEnvironmentFile,
} from './environment.ts';
import type { Places } from './places.ts';
import { choosePorts, type Ports } from './ports.ts';
import { startServers } from './servers.ts';
import { type Service, startService } from './service.ts';
import { readSettings, saveSettings } from './settings.ts';
import { StartError } from './start-error.ts';

export interface StackOptions {
  places: Places;
  environment: NodeJS.ProcessEnv;
  /** What stops the parts that run, in the order in which they were started; more is added on the way. */
  stops: (() => Promise<void>)[];
  /** Called with a reason when a part has ended for good, also when it was stopped. */
  onEnd: (reason: string) => void;
}

export interface Stack {
  addresses: Addresses;
  apiUrl: string;
  apiKey: string;
}

/**
 * Starts the whole stack: servers, schema, api and worker, API key.
 * @throws {StartError} when a part does not start
 */
export async function startStack({ places, environment, stops, onEnd }: StackOptions): Promise<Stack> {
  const settings = await readSettings(places.local);
  const ports = await choosePorts(settings.ports, environment);
  await saveSettings(places.local, { ...settings, ports });

  const servers = await startServers({ places, environment, settings, ports, onEnd });
  stops.push(servers.stop);
  const { addresses } = servers;
  await migrate(addresses.databaseUrl);

  const env = serviceEnvironment(environment, settings, ports, addresses);
  const services = startServices(places, ports, env, onEnd);
  stops.push(() => each(services, (service) => service.stop()));
  await each(services, (service) => service.waitUntilReady());

  const apiKey = await ensureLocalApiKey(addresses.databaseUrl, settings.apiKey);
  await saveSettings(places.local, { ...settings, ports, apiKey });
  const files = {
    [places.environmentFile]: localEnvironmentFile(env, apiKey, ports, addresses),
    [places.serviceEnvironmentFile]: serviceEnvironmentFile(env),
  };
  for (const [file, text] of Object.entries(files)) {
    stops.push(() => rm(file, { force: true }));
    // The mode counts only for a new file.
    await rm(file, { force: true });
    await writeFile(file, text, { mode: 0o600 });
  }
  return { addresses, apiUrl: apiUrl(ports), apiKey };
}

async function migrate(databaseUrl: string): Promise<void> {
  try {
    await migrateToLatest(databaseUrl);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`The database could not be migrated: ${reason}`, { cause: error });
  }
}

function startServices(
  places: Places,
  ports: Ports,
  env: NodeJS.ProcessEnv,
  onGivenUp: (reason: string) => void,
): Service[] {
  const healthUrls = {
    api: `${apiUrl(ports)}/api/health/ready/`,
    worker: `http://127.0.0.1:${ports.worker}/health/ready`,
  };
  return Object.entries(healthUrls).map(([name, healthUrl]) =>
    startService({
      name,
      script: join(places.root, 'src', 'bin', `${name}.ts`),
      env,
      logFile: join(places.logs, `${name}.log`),
      runDirectory: places.run,
      healthUrl,
      onGivenUp,
    }),
  );
}

async function each<T>(items: T[], act: (item: T) => Promise<void>): Promise<void> {
  await Promise.all(items.map(act));
}
