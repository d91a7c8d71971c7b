import { rm, writeFile } from 'node:fs/promises';
import { migrateToLatest } from '../src/db/migrate.ts';
import { ensureLocalApiKey } from './api-key.ts';
import {
  type Addresses,
  apiUrl,
  localEnvironmentFile,
  serviceEnvironment,
  serviceEnvironmentFile,
} from './environment.ts';
import {
  addressesOf,
  ownServers,
  postgresPart,
  type Scene,
  type ServerName,
  sandboxPart,
  servicePart,
  temporalPart,
} from './parts.ts';
import type { Places } from './places.ts';
import { choosePorts, type PortName } from './ports.ts';
import { withProgress } from './progress.ts';
import { readSettings, saveSettings } from './settings.ts';
import { withoutSourced } from './sourced-environment.ts';
import { StartError } from './start-error.ts';
import { Supervisor } from './supervisor.ts';

export interface StackOptions {
  places: Places;
  environment: NodeJS.ProcessEnv;
  /** What stops the parts that run, in the order in which they were started; more is added on the way. */
  stops: (() => Promise<void>)[];
  /** Shows a sentence about a part that ended, came back or moved; at the terminal if left out. */
  say?: (sentence: string) => void;
}

export interface Stack {
  addresses: Addresses;
  apiUrl: string;
  apiKey: string;
}

type Servers = Partial<Record<ServerName, Supervisor>>;

const SERVERS = { postgres: postgresPart, temporal: temporalPart, sandbox: sandboxPart };

/**
 * Starts the whole stack: servers, schema, api and worker, API key. From then on each part that ends is started again.
 * @throws {StartError} if a part does not start
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { places, stops } = options;
  const settings = await readSettings(places.local);
  const environment = withoutSourced(options.environment, settings);
  const ports = await choosePorts(settings.ports, environment);
  await saveSettings(places.local, { ...settings, ports });
  const say = options.say ?? ((sentence) => console.error(sentence));
  const moves = createMoves((names) => follow(names));
  const scene: Scene = { places, environment, settings, ports, say, onMoved: moves.add };
  const servers = Object.fromEntries(
    ownServers(scene).map((name) => [name, new Supervisor(SERVERS[name](scene))]),
  ) as Servers;
  const services = {
    api: new Supervisor(servicePart(scene, 'api')),
    worker: new Supervisor(servicePart(scene, 'worker')),
  };

  stops.push(async () => {
    for (const name of ['sandbox', 'temporal', 'postgres'] as const) await servers[name]?.stop();
  });
  const names = Object.keys(servers).join(', ') || 'none of our own';
  await withProgress(`Starting the servers: ${names} (5 to 30 s)`, () => all(Object.values(servers), start));
  await withProgress('Bringing the database up to date', () => migrate(addressesOf(scene).databaseUrl));

  stops.push(() => all(Object.values(services), (service) => service.stop()));
  await withProgress('Starting the api and the worker, which bundles its workflows (5 to 20 s)', () =>
    all(Object.values(services), start),
  );
  const apiKey = await ensureLocalApiKey(addressesOf(scene).databaseUrl, settings.apiKey);
  stops.push(() => removeFiles(places));
  await writeFiles(scene, apiKey);
  await moves.begin();
  return { addresses: addressesOf(scene), apiUrl: apiUrl(ports), apiKey };

  /** Who depends on a part that has moved learns of its new port by a new start. */
  async function follow(names: readonly PortName[]): Promise<void> {
    const places = names.map((name) => `the port of ${name}, which is ${ports[name]} now`);
    say(`Somebody else has taken ${places.join(' and ')}. Whatever depends on it is started again.`);
    await writeFiles(scene, apiKey);
    const needs = (...needed: PortName[]) => needed.some((name) => names.includes(name));
    const dependents = [
      needs('postgres', 'temporal', 'sandbox', 'smtp') ? services.api : null,
      needs('postgres', 'temporal', 'sandbox', 'smtp', 'api') ? services.worker : null,
      needs('api') ? servers.sandbox : null,
    ];
    await all(dependents, async (part) => part?.restart());
  }
}

/** Collects moves of ports until the stack has started, and then acts on each, one after the other. */
function createMoves(follow: (names: readonly PortName[]) => Promise<void>) {
  const waiting = new Set<PortName>();
  let following: Promise<void> | null = null;
  const next = async () => {
    const names = [...waiting];
    waiting.clear();
    if (names.length > 0) await follow(names);
  };
  return {
    add(names: readonly PortName[]) {
      for (const name of names) waiting.add(name);
      following = following?.then(next) ?? null;
    },
    async begin() {
      following = next();
      await following;
    },
  };
}

async function start(part: Supervisor): Promise<void> {
  await part.start();
}

async function migrate(databaseUrl: string): Promise<void> {
  try {
    await migrateToLatest(databaseUrl);
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new StartError(`The database could not be migrated: ${reason}`, { cause: error });
  }
}

/** Writes down the addresses for other programs, and the ports for the next start. */
async function writeFiles(scene: Scene, apiKey: string): Promise<void> {
  const { places, environment, settings, ports } = scene;
  const addresses = addressesOf(scene);
  const service = serviceEnvironment(environment, settings, ports, addresses);
  await saveSettings(places.local, { ...settings, ports, apiKey });
  await removeFiles(places);
  // The mode counts only for a new file.
  const options = { mode: 0o600 };
  await writeFile(places.environmentFile, localEnvironmentFile(service, apiKey, ports, addresses), options);
  await writeFile(places.serviceEnvironmentFile, serviceEnvironmentFile(service), options);
}

/** Removes what would lead other programs to a stack that does not run. */
export async function removeFiles(places: Places): Promise<void> {
  for (const file of [places.environmentFile, places.serviceEnvironmentFile]) await rm(file, { force: true });
}

async function all<T>(items: T[], act: (item: T) => Promise<void>): Promise<void> {
  await Promise.all(items.map(act));
}
