import { type Child, lastLines, startChild } from './child-process.ts';
import { StartError } from './start-error.ts';
import { waitUntil } from './wait.ts';
import { warningIn } from './warning.ts';

export interface ScriptOptions {
  name: string;
  /** Path of the script that Node runs. */
  script: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  runDirectory: string;
  /** Answers 200 once the script can work. */
  readyUrl: string;
  /** Shows a warning of the script. */
  say: (sentence: string) => void;
}

const READY_LIMIT_MS = 60_000;
const ATTEMPT_LIMIT_MS = 2_000;

/**
 * Starts a script of ours on Node as a process of its own, and waits until it can work. Its warnings are shown.
 * @throws {StartError} if it ends before or is not ready in time; it is ended then
 */
export async function startScript(options: ScriptOptions): Promise<Child> {
  const { name, logFile } = options;
  const child = startChild({
    ...options,
    command: process.execPath,
    args: [options.script],
    onLine: (line) => tellWarning(options, line),
  });
  let ended: string | null = null;
  void child.exited.then((how) => {
    ended = how;
  });
  const sentence = `The ${name} was not ready after ${READY_LIMIT_MS / 1000} seconds; ${logFile} says why.`;
  const question = async () => {
    if (ended !== null) throw endedEarly(name, ended, logFile);
    const isReady = await answers(options.readyUrl);
    // Somebody else may answer at a port that this process could not have.
    if (isReady && ended !== null) throw endedEarly(name, ended, logFile);
    return isReady;
  };
  try {
    await waitUntil(question, READY_LIMIT_MS, sentence);
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function endedEarly(name: string, how: string, logFile: string): StartError {
  return new StartError(`The ${name} ended while starting (${how}). The end of ${logFile}:\n${lastLines(logFile)}`);
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ATTEMPT_LIMIT_MS) });
  await response.body?.cancel();
  return response.status === 200;
}

function tellWarning({ name, say }: ScriptOptions, line: string): void {
  const warning = warningIn(line);
  if (warning !== null) say(`${name}: ${warning}`);
}
