import { jsonPointer } from './json-pointer.ts';

/** An object or list that is being looked through. */
interface Frame {
  readonly value: object;
  /** Null for a list, whose keys are numbers. */
  readonly keys: readonly string[] | null;
  readonly size: number;
  /** Position of the child that is looked at. */
  at: number;
}

/**
 * Looks through a JSON value for text that cannot be stored or sent: U+0000, which PostgreSQL refuses, and lone
 * surrogates, which UTF-8 cannot express. Works at any depth.
 * @returns a JSON pointer (RFC 6901) to the first such text, or to the object whose key it is; null where all is well
 */
export function findUnsafeText(value: unknown): string | null {
  if (isUnsafe(value)) return '';
  const open: Frame[] = isObject(value) ? [frameOf(value)] : [];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    frame.at += 1;
    if (frame.at >= frame.size) {
      open.pop();
      continue;
    }
    const child = (frame.value as Record<string | number, unknown>)[keyOf(frame)];
    if (isUnsafe(child)) return jsonPointer(...open.map(keyOf));
    if (isObject(child)) open.push(frameOf(child));
  }
  return null;
}

/** Whether a text is unsafe, or a key of an object is. */
function isUnsafe(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  return isObject(value) && !Array.isArray(value) && Object.keys(value).some(isUnsafe);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function frameOf(value: object): Frame {
  const keys = Array.isArray(value) ? null : Object.keys(value);
  return { value, keys, size: keys?.length ?? (value as unknown[]).length, at: -1 };
}

function keyOf({ keys, at }: Frame): string | number {
  return keys?.[at] ?? at;
}
