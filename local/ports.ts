import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from './start-error.ts';

/** Every port of the local stack: the variable that sets it, and the one it usually has. */
const PORTS = {
  api: { variable: 'API_PORT', usual: 8080 },
  worker: { variable: 'WORKER_PORT', usual: 8081 },
  temporal: { variable: 'LOCAL_TEMPORAL_PORT', usual: 7233 },
  temporalUi: { variable: 'LOCAL_TEMPORAL_UI_PORT', usual: 8233 },
  postgres: { variable: 'LOCAL_POSTGRES_PORT', usual: 54329 },
  sandbox: { variable: 'LOCAL_SANDBOX_PORT', usual: 8090 },
  smtp: { variable: 'LOCAL_SMTP_PORT', usual: 2525 },
} as const;

export type PortName = keyof typeof PORTS;

export type Ports = Record<PortName, number>;

/** How long a port may still be held by what has just ended, in milliseconds. */
const RELEASE_LIMIT_MS = 2_000;
const PAUSE_MS = 50;

/**
 * Chooses a port for each part: the one that its variable sets, else the usual one, else the one it had last time, else
 * any that is free.
 * @throws {StartError} when a port that a variable sets is no port number or in use
 */
export async function choosePorts(lastTime: Partial<Ports>, environment: NodeJS.ProcessEnv): Promise<Ports> {
  const chosen: Partial<Ports> = {};
  for (const name of Object.keys(PORTS) as (keyof Ports)[]) {
    const { variable, usual } = PORTS[name];
    const taken = Object.values(chosen);
    chosen[name] =
      (await portFromEnvironment(variable, environment[variable]?.trim(), taken)) ??
      (await firstFree([usual, lastTime[name] ?? usual].filter((port) => !taken.includes(port)))) ??
      (await freePort());
  }
  return chosen as Ports;
}

/**
 * Looks again at ports that were chosen before, right before they are used. Those that somebody else has taken meanwhile
 * are replaced in `ports` by free ones.
 * @returns the names of the replaced ones
 * @throws {StartError} if a variable sets the port that is taken
 */
export async function replaceTakenPorts(
  ports: Ports,
  names: readonly PortName[],
  environment: NodeJS.ProcessEnv,
): Promise<PortName[]> {
  const replaced: PortName[] = [];
  for (const name of names) {
    if (await isFreeSoon(ports[name])) continue;
    const { variable } = PORTS[name];
    if (isChosenByHand(environment[variable])) throw inUse(ports[name], variable);
    ports[name] = await freePort();
    replaced.push(name);
  }
  return replaced;
}

/** Whether one of the ports is held by somebody. */
export async function isAnyTaken(ports: Ports, names: readonly PortName[]): Promise<boolean> {
  for (const name of names) if (!(await isFree(ports[name]))) return true;
  return false;
}

/** A port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0, '127.0.0.1');
  if (port === null) throw new StartError('This machine has no free port left on 127.0.0.1.');
  return port;
}

/** The port that a variable sets; null when it is unset, empty or 0, which means any. */
async function portFromEnvironment(
  variable: string,
  text: string | undefined,
  taken: number[],
): Promise<number | null> {
  if (!isChosenByHand(text)) return null;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new StartError(`${variable}=${text} is not a port.`);
  if (taken.includes(port) || !(await isFree(port))) throw inUse(port, variable);
  return port;
}

function isChosenByHand(text: string | undefined): boolean {
  return !['', '0'].includes(text?.trim() ?? '');
}

function inUse(port: number, variable: string): StartError {
  return new StartError(`Port ${port}, set by ${variable}, is in use: free it or set another one.`);
}

async function isFreeSoon(port: number): Promise<boolean> {
  const deadline = Date.now() + RELEASE_LIMIT_MS;
  while (!(await isFree(port))) {
    if (Date.now() > deadline) return false;
    await sleep(PAUSE_MS);
  }
  return true;
}

async function firstFree(candidates: number[]): Promise<number | null> {
  for (const port of candidates) if (await isFree(port)) return port;
  return null;
}

/** Asks for both addresses, because some systems let a port of 127.0.0.1 be taken beside one of all addresses. */
async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port, '127.0.0.1')) !== null && (await listenOnce(port)) !== null;
}

/** Listens for a moment; the port, or null where that is not possible. */
function listenOnce(port: number, host?: string): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : null));
    });
  });
}
