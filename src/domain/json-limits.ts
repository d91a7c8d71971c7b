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
export function findExcess(value: unknown, path: readonly (string | number)[] = []): JsonExcess | null {
  if (value === Infinity || value === -Infinity) return { pointer: jsonPointer(...path), code: 'number_too_large' };
  if (typeof value !== 'object' || value === null) return null;
  if (path.length >= MAX_JSON_DEPTH) return { pointer: jsonPointer(...path), code: 'nested_too_deeply' };
  for (const [key, child] of Object.entries(value)) {
    const excess = findExcess(child, [...path, key]);
    if (excess !== null) return excess;
  }
  return null;
}
