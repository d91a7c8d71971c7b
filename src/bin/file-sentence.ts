/** What stands in the way of a file or a folder, by the code of a system call (errno(3)). */
const FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'may not be written or read by this user',
  EPERM: 'may not be changed by this user',
  EROFS: 'is on a file system that cannot be written',
  ENOSPC: 'cannot be written: the disk is full',
  ENOENT: 'does not exist',
  EEXIST: 'is a file where a folder should be',
  ENOTDIR: 'has a file where a folder should be',
  EISDIR: 'is a folder',
};

/** One sentence about a file or folder that cannot be used; null for any other error. */
export function fileSentence(error: Error): string | null {
  if (!('path' in error && 'code' in error)) return null;
  const fault = FAULTS[String(error.code)];
  return fault === undefined ? null : `${String(error.path)} ${fault}.`;
}
