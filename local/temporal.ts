import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { type Child, startChild } from './child-process.ts';
import { StartError } from './start-error.ts';
import { waitUntil } from './wait.ts';

export interface TemporalOptions {
  /** Path of the `temporal` CLI. */
  program: string;
  port: number;
  /** Null: no web UI. */
  uiPort: number | null;
  /** Where workflows are kept; null: in memory. */
  databaseFile: string | null;
  logFile: string;
  /** Where the server is written down while it runs. */
  runDirectory: string;
}

export interface Temporal {
  pid: number | undefined;
  /** Host and port of the frontend. */
  address: string;
  uiUrl: string | null;
  /** Resolves when the server has ended, with words that say how. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const ATTEMPT_LIMIT_MS = 2_000;
const NAMESPACE = 'default';

/** What the workflows show of themselves in the Temporal UI; all are of type Keyword. */
const SEARCH_ATTRIBUTES = ['MessageStatus', 'MessageChannel', 'WaitingFor', 'ErrorCode', 'TemplateName', 'Priority'];

/**
 * By default the dev server looks at each of its queues only 20 times a second, and ignores fairness keys. Each partition
 * of a queue takes turns by itself, so with one of them the turns are exact.
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];

/** Each commit waits for the disk once instead of several times, and is as durable (sqlite.org/wal.html). */
const WRITE_AHEAD = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'];

/**
 * Starts Temporal's development server on 127.0.0.1 and waits until its namespace and search attributes are there.
 * @throws {StartError} when it does not start; the sentence names the log
 */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const { port, uiPort, databaseFile } = options;
  if (databaseFile !== null) mkdirSync(dirname(databaseFile), { recursive: true });
  const server = startChild({
    name: 'temporal',
    command: options.program,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...(databaseFile === null ? [] : ['--db-filename', databaseFile, ...WRITE_AHEAD]),
      ...DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
      ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ],
    env: process.env,
    logFile: options.logFile,
    runDirectory: options.runDirectory,
  });
  const address = `127.0.0.1:${port}`;
  try {
    await waitUntilReady(server, address, options.logFile);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
  return { pid: server.pid, address, uiUrl, exited: server.exited, stop: server.stop };
}

async function waitUntilReady(server: Child, address: string, logFile: string): Promise<void> {
  let ended: string | null = null;
  void server.exited.then((how) => {
    ended = how;
  });
  const sentence = `Temporal did not start; ${logFile} says why.`;
  const question = () => {
    if (ended !== null) throw new StartError(sentence);
    return hasEverything(address);
  };
  await waitUntil(question, START_LIMIT_MS, sentence);
}

async function hasEverything(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: ATTEMPT_LIMIT_MS });
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + ATTEMPT_LIMIT_MS, () =>
      connection.operatorService.listSearchAttributes({ namespace: NAMESPACE }),
    );
    return SEARCH_ATTRIBUTES.every((name) => name in (customAttributes ?? {}));
  } finally {
    await connection.close();
  }
}
