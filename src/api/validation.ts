import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';
import { MAX_TIME_LENGTH } from './fields.ts';
import { FREE_JSON, findFreeFault } from './free-json.ts';
import { cutToLimits, type SizedSchema } from './size-limits.ts';

/**
 * Validates requests against their schemas: every fault at once, nothing removed, and no type changed but in query
 * strings and paths, which hold only strings.
 */
export function validateStrictly(app: FastifyInstance): void {
  const strict = createValidator(false);
  const coercing = createValidator(true);
  app.setValidatorCompiler(({ schema, httpPart }) => {
    return compileBounded(httpPart === 'body' ? strict : coercing, schema as SizedSchema);
  });
}

/** A check of values against a schema, with the faults of the latest one. */
export interface Check {
  (value: unknown): boolean;
  errors: FastifySchemaValidationError[] | null;
}

/** Names every fault, and looks at no more of a list or map than its schema lets it have. */
export function compileBounded(validator: Ajv, schema: SizedSchema): Check {
  const validate = validator.compile(schema);
  const check: Check = (given) => {
    const { value, faults } = cutToLimits(schema, given);
    const isValid = validate(value) && faults.length === 0;
    check.errors = isValid ? null : [...faults, ...((validate.errors ?? []) as FastifySchemaValidationError[])];
    return isValid;
  };
  check.errors = null;
  return check;
}

/** @param coerceTypes whether texts may stand for numbers and booleans, as in a query string */
export function createValidator(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ allErrors: true, coerceTypes, removeAdditional: false, useDefaults: true, strict: false });
  addFormats.default(ajv);
  const rfc3339 = ajv.formats['date-time'] as { validate: (text: string) => boolean };
  // The library would split a text of megabytes first.
  const validate = (text: string) =>
    text.length <= MAX_TIME_LENGTH && rfc3339.validate(text) && isWritableInUtc(new Date(text));
  ajv.addFormat('date-time', { type: 'string', validate });
  ajv.addKeyword({ keyword: FREE_JSON, errors: true, validate: findFreeFault });
  return ajv;
}

/** RFC 3339 allows a leap second, which no clock of ours can name, and offsets that lead to a year of five digits. */
function isWritableInUtc(time: Date): boolean {
  return !Number.isNaN(time.getTime()) && /^\d{4}-/.test(time.toISOString());
}
