import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './problem.ts';

/** Far more than the one field of a form. */
export const FORM_LIMIT_BYTES = 10_000;

const URL_ENCODED = 'application/x-www-form-urlencoded';

/**
 * Reads a form of either kind (RFC 8058, section 3.1) as its value of one field, without white space around it; null if it
 * has none. A body that does not say its type is read as a form too, because some mail programs send none.
 */
export function readFormValue(app: FastifyInstance, name: string): void {
  const read = async (request: FastifyRequest, body: Buffer) => await formValueOf(name, request, body);
  app.addContentTypeParser([URL_ENCODED, 'multipart/form-data'], { parseAs: 'buffer' }, read);
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] === undefined) return await read(request, body);
    throw new ApiError(415, 'unsupported_media_type', `Send the body as ${URL_ENCODED}.`);
  });
}

async function formValueOf(name: string, { headers }: FastifyRequest, body: Buffer): Promise<string | null> {
  const form = new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? URL_ENCODED },
  });
  // What cannot be read as a form has no such value either.
  const value = (await form.formData().catch(() => null))?.get(name);
  return typeof value === 'string' ? value.trim() : null;
}
