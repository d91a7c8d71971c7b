import { fileSentence } from '../src/bin/file-sentence.ts';

/** Something on this machine keeps the local stack from starting; the message is one sentence that says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** One sentence about an error of this machine's set-up; null for any other error. */
export function setupSentence(error: unknown): string | null {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? fileSentence(error) : null;
}
