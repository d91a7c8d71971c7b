import { pino } from 'pino';
import { setupSentence } from './setup-sentence.ts';

/**
 * For a program at the command line: an error of the set-up ends it with one sentence and exit code 1, any other with
 * its stack.
 */
export function sayWhyItEnds(): void {
  process.on('uncaughtException', (error) => {
    const sentence = setupSentence(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.stderr.write(`${sentence}\n`, () => process.exit(1));
  });
}

/**
 * For a process of the service: whatever Node itself would print as plain text (warnings, an error that nobody caught)
 * becomes a line of JSON. The words of an unexpected error may quote an address, so only its kind and its place are told.
 */
export function logWhatNodeSays(service: 'api' | 'worker'): void {
  // Synchronous, so that the last line is out before the process ends.
  const log = pino({ base: { service } }, pino.destination({ dest: 1, sync: true }));
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => log.warn({ warning: name }, message));
  process.on('uncaughtException', (error) => {
    const sentence = setupSentence(error);
    if (sentence === null) log.fatal(detailsOf(error), 'an unexpected error ends the process');
    else log.fatal(sentence);
    process.exit(1);
  });
}

function detailsOf(error: unknown): { reason: string; at?: string[] } {
  if (!(error instanceof Error)) return { reason: typeof error };
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return { reason: error.name, at: frames.slice(0, 5).map((line) => line.trim()) };
}
