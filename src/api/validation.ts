import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';

/**
 * Validates requests against their schemas: every fault at once, nothing removed, and no type changed but in query
 * strings and paths, which hold only strings.
 */
export function validateStrictly(app: FastifyInstance): void {
  const strict = createValidator(false);
  const coercing = createValidator(true);
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const validator = httpPart === 'body' ? strict : coercing;
    return validator.compile(schema as object) as ValidateFunction;
  });
}

/** @param coerceTypes whether texts may stand for numbers and booleans, as in a query string */
export function createValidator(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ allErrors: true, coerceTypes, removeAdditional: false, useDefaults: true, strict: false });
  addFormats.default(ajv);
  const rfc3339 = ajv.formats['date-time'] as { validate: (text: string) => boolean };
  const validate = (text: string) => rfc3339.validate(text) && isWritableInUtc(new Date(text));
  ajv.addFormat('date-time', { type: 'string', validate });
  return ajv;
}

/** RFC 3339 allows a leap second, which no clock of ours can name, and offsets that lead to a year of five digits. */
function isWritableInUtc(time: Date): boolean {
  return !Number.isNaN(time.getTime()) && /^\d{4}-/.test(time.toISOString());
}
