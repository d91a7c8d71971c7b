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

function createValidator(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ allErrors: true, coerceTypes, removeAdditional: false, useDefaults: true, strict: false });
  addFormats.default(ajv);
  const rfc3339 = ajv.formats['date-time'] as { validate: (text: string) => boolean };
  // RFC 3339 allows a leap second, which no clock of ours can name.
  const validate = (text: string) => rfc3339.validate(text) && !Number.isNaN(Date.parse(text));
  ajv.addFormat('date-time', { type: 'string', validate });
  return ajv;
}
