import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first program of that name in the folders of `path`; null where there is none. */
export function programInPath(name: string, path = ''): string | null {
  const candidates = path.split(delimiter).map((directory) => join(directory, name));
  return candidates.find(isProgram) ?? null;
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us: both mean no.
    return false;
  }
}
