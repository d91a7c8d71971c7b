import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { placesOf } from '../local/places.ts';
import { freePort } from '../local/ports.ts';
import { endLeftovers } from '../local/process-record.ts';
import { startStack } from '../local/stack.ts';

export interface BenchStack {
  apiUrl: string;
  apiKey: string;
  databaseUrl: string;
  temporalAddress: string;
  /** Of the sandbox: what the providers have taken. */
  inboxUrl: string;
  stop(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '..');

/** What the parts need of our own environment; anything else could point them at real servers or providers. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TEMPORAL_CLI', 'NODE_OPTIONS'];

const PORTS = [
  ...['API_PORT', 'WORKER_PORT', 'LOCAL_TEMPORAL_PORT', 'LOCAL_TEMPORAL_UI_PORT'],
  ...['LOCAL_POSTGRES_PORT', 'LOCAL_SANDBOX_PORT', 'LOCAL_SMTP_PORT'],
];

/**
 * Starts what `npm start` starts, on ports and in a directory of its own: everything durable, nothing left afterwards.
 * @throws {StartError} when a part does not start
 */
export async function startBenchStack(): Promise<BenchStack> {
  const directory = await mkdtemp(join(tmpdir(), 'keryu-bench-'));
  // The database user, another one than root, passes through it.
  await chmod(directory, 0o711);
  const { root, tools, run } = placesOf(ROOT);
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | null = null;
  const stopAll = async () => {
    for (const part of stops.toReversed()) await part();
    await endLeftovers(run);
    await rm(directory, { recursive: true, force: true });
  };
  const stop = () => {
    stopping ??= stopAll();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  }
  try {
    await endLeftovers(run);
    const { addresses, apiUrl, apiKey } = await startStack({
      places: { ...placesOf(directory), root, tools, run },
      environment: await benchEnvironment(),
      stops,
    });
    const { databaseUrl, temporalAddress, sandbox } = addresses;
    return { apiUrl, apiKey, databaseUrl, temporalAddress, inboxUrl: `${sandbox?.httpUrl}/messages/`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function benchEnvironment(): Promise<NodeJS.ProcessEnv> {
  const ports = new Set<number>();
  while (ports.size < PORTS.length) ports.add(await freePort());
  const values = [...ports];
  return {
    ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
    ...Object.fromEntries(PORTS.map((name, index) => [name, String(values[index])])),
  };
}
