/** Something on this machine keeps the local stack from starting; the message is one sentence that says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** What stands in the way, by the code of a system call (errno(3)). */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be written or read by this user',
  EPERM: 'may not be changed by this user',
  EROFS: 'is on a file system that cannot be written',
  ENOSPC: 'cannot be written: the disk is full',
  ENOTDIR: 'has a file where a folder should be',
  ENOENT: 'does not exist',
  EEXIST: 'is a file where a folder should be',
};

/** One sentence about an error of this machine's set-up; null for any other error. */
export function setupSentence(error: unknown): string | null {
  if (error instanceof StartError) return error.message;
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return null;
  const reason = REASONS[String(error.code)];
  return reason === undefined ? null : `${String(error.path)} ${reason}.`;
}
