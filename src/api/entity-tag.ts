import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** The strong entity tag of a resource (RFC 9110, section 8.8.3), from what changes whenever the resource does. */
export function entityTag(...parts: readonly (string | number | Date)[]): string {
  const text = parts.map((part) => (part instanceof Date ? part.toISOString() : String(part))).join('|');
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/** Whether a request may change a resource that has this tag; one without `If-Match` always may. */
export function isMatch(request: FastifyRequest, tag: string): boolean {
  const expected = request.headers['if-match'];
  if (expected === undefined || expected.trim() === '*') return true;
  return expected.split(',').some((candidate) => candidate.trim() === tag);
}
