import { existsSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { claimInstance } from './instance.ts';
import { type Places, placesOf } from './places.ts';
import { endLeftovers } from './process-record.ts';
import { removeFiles, type Stack, startStack } from './stack.ts';
import { setupSentence } from './start-error.ts';

/** Why the stack ends: exit code, and a sentence for the terminal. */
interface End {
  code: number;
  sentence: string;
}

process.exit(await main(placesOf(fileURLToPath(new URL('..', import.meta.url)))));

/** Runs the whole service on this machine until Ctrl-C, or until a part fails to start; comes back with the exit code. */
async function main(places: Places): Promise<number> {
  const { promise: ended, resolve: end } = Promise.withResolvers<End>();
  endOnSignals(end);
  let release: () => void;
  try {
    release = claimInstance(places.run);
  } catch (error) {
    return report(endOf(error));
  }
  const stops: (() => Promise<void>)[] = [];
  try {
    await endLeftovers(places.run);
    await removeFiles(places);
    keepPreviousLogs(places.logs);
    const running = startStack({ places, environment: process.env, stops }).then(introduce);
    // Until it runs, a failure to start ends it too; the signals count from the first moment.
    await Promise.race([running, ended]);
    return report(await ended);
  } catch (error) {
    return report(endOf(error));
  } finally {
    for (const stop of stops.toReversed()) await stop();
    // What was still starting when the end came is written down, but not among the stops.
    await endLeftovers(places.run);
    release();
  }
}

/** A signal may come twice, from the terminal and from npm: only the first one counts. */
function endOnSignals(end: (end: End) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => end({ code: 0, sentence: '\nStopping…' }));
  }
  process.on('uncaughtException', (error) => end(endOf(error)));
  // Once the terminal is closed nothing can be said any more, but the parts still have to be ended.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
}

function endOf(error: unknown): End {
  const sentence = setupSentence(error);
  if (sentence !== null) return { code: 1, sentence };
  return { code: 1, sentence: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function report({ code, sentence }: End): number {
  console.error(sentence);
  return code;
}

function keepPreviousLogs(logs: string): void {
  if (!existsSync(logs)) return;
  rmSync(`${logs}.previous`, { recursive: true, force: true });
  renameSync(logs, `${logs}.previous`);
}

function introduce({ addresses, apiUrl, apiKey }: Stack): void {
  const urls = [
    ['API', `${apiUrl}/api/`],
    ['Reference', `${apiUrl}/api/docs/`],
    ['Temporal', addresses.temporalUiUrl ?? addresses.temporalAddress],
    ...(addresses.sandbox === null ? [] : [['Sandbox', `${addresses.sandbox.httpUrl}/`]]),
    ['API key', apiKey],
  ];
  const body = {
    recipient: { email: 'someone@example.com' },
    channel: 'email',
    subject: 'Hello',
    content: 'It works.',
  };
  const see = addresses.sandbox === null ? '' : ` and see it arrive at ${addresses.sandbox.httpUrl}/`;
  console.log(`
Keryu Messaging is running. Ctrl-C ends it; logs are in .local/logs.

${urls.map(([name = '', url]) => `  ${name.padEnd(10)} ${url}`).join('\n')}

Send an email${see}:

curl -X POST ${apiUrl}/api/messages/ \\
  -H 'Authorization: Bearer ${apiKey}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(body)}'
`);
}
