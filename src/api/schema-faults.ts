import type { FastifySchemaValidationError } from 'fastify';
import { jsonPointer } from '../domain/json-pointer.ts';
import type { Fault } from '../service/service-error.ts';

/** Codes by JSON Schema keyword; the rest are `invalid`. */
const CODES: Readonly<Record<string, string>> = {
  required: 'required',
  additionalProperties: 'unknown_field',
  type: 'wrong_type',
  enum: 'unknown_value',
  const: 'unknown_value',
  anyOf: 'wrong_type',
  maxLength: 'too_long',
  minLength: 'too_short',
  maxItems: 'too_many',
  minItems: 'too_few',
  maxProperties: 'too_many',
  maximum: 'too_large',
  minimum: 'too_small',
  format: 'invalid_format',
  pattern: 'invalid_format',
  uniqueItems: 'duplicate',
};

/** Turns the findings of the JSON Schema validator into faults, one for each field that is wrong. */
export function schemaFaults(errors: readonly FastifySchemaValidationError[]): Fault[] {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath);
  const faults = errors
    // What an `if` leads to is reported by itself.
    .filter(({ keyword }) => keyword !== 'if')
    .filter((error) => !isNoiseOfUnion(error, errors, unions) && !isNoiseOfType(error, errors))
    .map((error) => ({
      pointer: pointerOf(error),
      code: CODES[error.keyword] ?? 'invalid',
      message: sentenceOf(error),
    }));
  const unique = new Map(faults.map((fault) => [`${fault.pointer} ${fault.code}`, fault]));
  return [...unique.values()];
}

/** A union reports every branch; only what is wrong inside the branch that was meant says anything. */
function isNoiseOfUnion(
  error: FastifySchemaValidationError,
  errors: readonly FastifySchemaValidationError[],
  unions: readonly string[],
): boolean {
  if (!unions.includes(error.instancePath)) return false;
  const isInside = (other: FastifySchemaValidationError) =>
    other.keyword !== 'anyOf' &&
    (other.instancePath.startsWith(`${error.instancePath}/`) ||
      (other.instancePath === error.instancePath && !['type', 'const', 'enum'].includes(other.keyword)));
  const hasInside = errors.some(isInside);
  return hasInside ? !isInside(error) : error.keyword !== 'anyOf';
}

/** A value of a wrong type is not one of a closed list either, which goes without saying. */
function isNoiseOfType(error: FastifySchemaValidationError, errors: readonly FastifySchemaValidationError[]): boolean {
  if (error.keyword !== 'enum' && error.keyword !== 'const') return false;
  return errors.some(({ keyword, instancePath }) => keyword === 'type' && instancePath === error.instancePath);
}

function pointerOf({ instancePath, keyword, params }: FastifySchemaValidationError): string {
  const names: Record<string, unknown> = {
    required: params.missingProperty,
    additionalProperties: params.additionalProperty,
  };
  const name = names[keyword];
  return name === undefined ? instancePath : `${instancePath}${jsonPointer(String(name))}`;
}

function sentenceOf({ keyword, params, message }: FastifySchemaValidationError): string {
  switch (keyword) {
    case 'required':
      return 'This field is required.';
    case 'additionalProperties':
      return 'There is no such field.';
    case 'enum':
      return `One of: ${(params.allowedValues as string[]).join(', ')}.`;
    case 'anyOf':
      return 'This value has none of the allowed types.';
    default: {
      const text = message ?? 'not as expected';
      return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
    }
  }
}
