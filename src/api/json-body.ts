import type { FastifyInstance } from 'fastify';
import { findExcess, type JsonExcess, MAX_JSON_DEPTH } from '../domain/json-limits.ts';
import { findUnsafeText } from '../domain/unsafe-text.ts';
import { type Fault, ServiceError } from '../service/service-error.ts';
import { hasTooManyValues, MAX_JSON_VALUES } from './json-size.ts';
import { ApiError } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route looks for values that cannot be kept itself, in each item of its body, so that one stops no other. */
    readsItems?: true;
  }
}

/**
 * Reads JSON bodies strictly: valid UTF-8 only (RFC 8259, section 8.1), no `__proto__`, and nothing that could not be
 * stored or sent as it is.
 */
export function readJsonStrictly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (hasTooManyValues(body as Buffer)) return done(TOO_MANY_VALUES);
    try {
      return parseJson(request, decoder.decode(body as Buffer), done);
    } catch {
      done(new ApiError(400, 'invalid_utf8', 'The body is not valid UTF-8.'));
    }
  });
  app.addHook('preValidation', async (request) => {
    const body = request.routeOptions.config.readsItems === true ? undefined : request.body;
    const fault = valueFault(body) ?? valueFault(request.query) ?? valueFault(request.params);
    if (fault !== null) throw new ServiceError('invalid', 'invalid_request', fault.message, [fault]);
  });
}

const TOO_MANY_VALUES = new ServiceError('invalid', 'invalid_request', 'The body has too many values.', [
  { pointer: '', code: 'too_many', message: `A body has at most ${MAX_JSON_VALUES} names, values and items together.` },
]);

/** The first thing in a JSON value that could not be stored or sent as it is. */
export function valueFault(value: unknown): Fault | null {
  const excess = findExcess(value);
  if (excess !== null) return { ...excess, message: EXCESS_SENTENCES[excess.code] };
  const pointer = findUnsafeText(value);
  if (pointer === null) return null;
  return { pointer, code: 'unsafe_text', message: 'Text must not contain NUL characters or lone surrogates.' };
}

const EXCESS_SENTENCES: Record<JsonExcess['code'], string> = {
  nested_too_deeply: `Values may be nested ${MAX_JSON_DEPTH} levels deep.`,
  number_too_large: 'This number is too large to be kept.',
};
