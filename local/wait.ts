import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from './start-error.ts';

const PAUSE_MS = 50;

/**
 * Asks again and again until the answer is yes. A question that throws counts as "not yet".
 * @throws {StartError} with `sentence` once `limitMs` has passed, and the last error as its cause
 */
export async function waitUntil(question: () => Promise<boolean>, limitMs: number, sentence: string): Promise<void> {
  const deadline = Date.now() + limitMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      if (await question()) return;
    } catch (error) {
      cause = error;
      if (error instanceof StartError) throw error;
    }
    await sleep(PAUSE_MS);
  }
  throw new StartError(sentence, { cause });
}
