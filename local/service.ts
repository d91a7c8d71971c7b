import { type Child, lastLines, startChild } from './child-process.ts';
import { waitUntil } from './wait.ts';
import { warningIn } from './warning.ts';

export interface ServiceOptions {
  name: string;
  /** Path of the script that Node runs. */
  script: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  runDirectory: string;
  /** Answers 200 once the service can work. */
  healthUrl: string;
  /** Called once when the service is given up, with the reason and the end of its log. */
  onGivenUp: (reason: string) => void;
}

export interface Service {
  /** @throws {StartError} when the service is not ready in time */
  waitUntilReady(): Promise<void>;
  stop(): Promise<void>;
}

const READY_LIMIT_MS = 60_000;
const RESTART_DELAY_MS = 1_000;
const MAX_RESTARTS_A_MINUTE = 5;

/**
 * Runs one process of the service. Killed after it has been ready, it is started again, a few times a minute at most, so
 * that a developer can see that nothing is lost.
 */
export function startService(options: ServiceOptions): Service {
  const { name, logFile } = options;
  const restarts: number[] = [];
  let wasReady = false;
  let stopping = false;
  let restart: NodeJS.Timeout | undefined;
  let child = launch();

  function launch(): Child {
    const started = startChild({
      ...options,
      command: process.execPath,
      args: [options.script],
      onLine: (line) => tellWarning(name, line),
    });
    void started.exited.then(onExit);
    return started;
  }

  function onExit(how: string): void {
    if (stopping) return;
    const recent = restarts.filter((at) => at > Date.now() - 60_000).length;
    if (!wasReady || recent >= MAX_RESTARTS_A_MINUTE) {
      const when = wasReady ? 'again and again' : 'while starting';
      options.onGivenUp(`The ${name} ended ${when} (${how}). The end of ${logFile}:\n${lastLines(logFile)}`);
      return;
    }
    restarts.push(Date.now());
    console.error(`The ${name} ended (${how}) and is started again.`);
    restart = setTimeout(() => {
      child = launch();
    }, RESTART_DELAY_MS);
  }

  return {
    async waitUntilReady() {
      const sentence = `The ${name} was not ready after ${READY_LIMIT_MS / 1000} seconds; ${logFile} says why.`;
      await waitUntil(() => answers(options.healthUrl), READY_LIMIT_MS, sentence);
      wasReady = true;
    },
    async stop() {
      stopping = true;
      clearTimeout(restart);
      await child.stop();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.status === 200;
}

function tellWarning(name: string, line: string): void {
  const warning = warningIn(line);
  if (warning !== null) console.error(`${name}: ${warning}`);
}
