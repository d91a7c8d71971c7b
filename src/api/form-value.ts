import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Far more than the one field of a form. */
export const FORM_LIMIT_BYTES = 10_000;

/** Reads a form of either kind (RFC 8058, section 3.1) as its value of one field; null where it has none. */
export function readFormValue(app: FastifyInstance, name: string): void {
  const types = ['application/x-www-form-urlencoded', 'multipart/form-data'];
  app.addContentTypeParser(types, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const form = new Response(new Uint8Array(body), {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
    });
    // What cannot be read as a form has no such value either.
    const fields = await form.formData().catch(() => null);
    return fields?.get(name) ?? null;
  });
}
