import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** What tells one request from another. */
export interface RequestIdentity {
  readonly method: string;
  readonly path: string;
  /** A JSON value, or the bytes of a body that is no JSON; undefined for none. */
  readonly body: unknown;
}

/**
 * Equal for requests that say the same. Bodies are compared as the service reads their JSON (RFC 8785): neither the order
 * of names nor spaces count, nor how a number or a character is written. Of a name that comes twice the last value
 * counts. Unicode is not normalised. Bodies of other media types are compared byte by byte.
 */
export function requestHash({ method, path, body }: RequestIdentity): Buffer {
  const hash = createHash('sha256').update(JSON.stringify([method, path]));
  if (Buffer.isBuffer(body)) return hash.update('\nbytes\n').update(body).digest();
  return hash.update(`\njson\n${canonicalJson(body)}`).digest();
}

function canonicalJson(value: unknown): string {
  try {
    return canonicalize(value) ?? '';
  } catch {
    // RFC 8785 has no form for lone surrogates and infinite numbers. Items of a batch that hold them are refused one by
    // one, so that the request as a whole still has an answer.
    return JSON.stringify(value, (_name, part) => (typeof part === 'number' ? String(part) : part));
  }
}
