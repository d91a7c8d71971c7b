import { join } from 'node:path';
import { type Child, lastLines, startChild } from '../../local/child-process.ts';
import type { Places } from '../../local/places.ts';
import { signalProcess } from '../../local/process-record.ts';
import { waitUntil } from '../../local/wait.ts';

/** A part of a stack that can be ended and started again, at the same address. */
export interface Part {
  /** Resolves when it can work. */
  start(): Promise<void>;
  /** Ends it in good order; does nothing where it is not running. */
  stop(): Promise<void>;
  /** Ends it between two instructions, as a lost machine would (SIGKILL). */
  kill(): Promise<void>;
}

type Running = Pick<Child, 'pid' | 'exited' | 'stop'>;

const READY_LIMIT_MS = 45_000;

/** A part from the function that starts it. */
export function createPart(launch: () => Promise<Running>): Part {
  let running: Running | null = null;
  return {
    async start() {
      running = await launch();
    },
    async stop() {
      await running?.stop();
      running = null;
    },
    async kill() {
      if (running?.pid === undefined) throw new Error('There is nothing to kill.');
      signalProcess(running.pid, 'SIGKILL');
      await running.exited;
      running = null;
    },
  };
}

/** One process of the service, `src/bin/{name}.ts`, as production runs it. */
export function createServicePart(options: {
  name: 'api' | 'worker';
  env: NodeJS.ProcessEnv;
  logFile: string;
  healthUrl: string;
  places: Places;
}): Part {
  const { name, env, logFile, healthUrl, places } = options;
  return createPart(async () => {
    const script = join(places.root, 'src/bin', `${name}.ts`);
    const child = startChild({
      name,
      command: process.execPath,
      args: [script],
      env,
      logFile,
      runDirectory: places.run,
    });
    const isReady = async () => (await fetch(healthUrl, { signal: AbortSignal.timeout(2_000) })).status === 200;
    const end = child.exited.then((how) => {
      throw new Error(`The ${name} ended while it started (${how}):\n${lastLines(logFile)}`);
    });
    await Promise.race([waitUntil(isReady, READY_LIMIT_MS, `The ${name} was not ready in time; ${logFile}.`), end]);
    return child;
  });
}
