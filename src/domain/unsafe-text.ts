import { jsonPointer } from './json-pointer.ts';

interface Node {
  readonly value: unknown;
  readonly key: string | number;
  readonly parent: Node | null;
}

/**
 * Looks through a JSON value for text that cannot be stored or sent: U+0000, which PostgreSQL refuses, and lone
 * surrogates, which UTF-8 cannot express. Works at any depth.
 * @returns a JSON pointer (RFC 6901) to the first such text, or to the object whose key it is; null where all is well
 */
export function findUnsafeText(value: unknown): string | null {
  const open: Node[] = [{ value, key: '', parent: null }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node.value === 'string' ? isUnsafe(node.value) : hasUnsafeKey(node.value)) return pointerTo(node);
    for (const [key, child] of childrenOf(node.value).reverse()) open.push({ value: child, key, parent: node });
  }
  return null;
}

function isUnsafe(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

function hasUnsafeKey(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).some(isUnsafe);
}

function childrenOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function pointerTo(node: Node): string {
  const keys: (string | number)[] = [];
  for (let at = node; at.parent !== null; at = at.parent) keys.push(at.key);
  return jsonPointer(...keys.reverse());
}
