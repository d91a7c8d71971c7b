import { jsonPointer } from './json-pointer.ts';

/** Deepest nesting of objects and lists that is taken; recursion and PostgreSQL's jsonb give up far beyond. */
export const MAX_JSON_DEPTH = 50;

/** What JSON can say but not be kept as it is. */
export interface JsonExcess {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly code: 'nested_too_deeply' | 'number_too_large';
}

/** Looks for the first value that is nested too deeply, or for a number that has become infinite while it was read. */
export function findExcess(value: unknown): JsonExcess | null {
  const path: (string | number)[] = [];
  const code = findIn(value, path);
  return code === null ? null : { pointer: jsonPointer(...path), code };
}

/** Leaves the way to what it has found in `path`. */
function findIn(value: unknown, path: (string | number)[]): JsonExcess['code'] | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'number_too_large';
  if (typeof value !== 'object' || value === null) return null;
  if (path.length >= MAX_JSON_DEPTH) return 'nested_too_deeply';
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) {
    path.push(key);
    const code = findIn((value as Record<string | number, unknown>)[key], path);
    if (code !== null) return code;
    path.pop();
  }
  return null;
}
