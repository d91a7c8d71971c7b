import type { FastifyInstance } from 'fastify';
import { findUnsafeText } from '../domain/unsafe-text.ts';
import { ServiceError } from '../service/service-error.ts';
import { ApiError } from './problem.ts';

/**
 * Reads JSON bodies strictly: valid UTF-8 only (RFC 8259, section 8.1), no `__proto__`, and no text that could not be
 * stored or sent.
 */
export function readJsonStrictly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      return parseJson(request, decoder.decode(body as Buffer), done);
    } catch {
      done(new ApiError(400, 'invalid_utf8', 'The body is not valid UTF-8.'));
    }
  });
  app.addHook('preValidation', async (request) => {
    const pointer = findUnsafeText(request.body) ?? findUnsafeText(request.query) ?? findUnsafeText(request.params);
    if (pointer === null) return;
    const message = 'Text must not contain NUL characters or lone surrogates.';
    const fault = { pointer, code: 'unsafe_text', message };
    throw new ServiceError('invalid', 'invalid_request', message, [fault]);
  });
}
