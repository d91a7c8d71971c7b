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

/** Faults of one request that are named; whoever mends these sees the others next. */
const MAX_FINDINGS = 10_000;

/** Turns the findings of the JSON Schema validator into faults, one for each field that is wrong. */
export function schemaFaults(errors: readonly FastifySchemaValidationError[]): Fault[] {
  const findings = errors.length > MAX_FINDINGS ? errors.slice(0, MAX_FINDINGS) : errors;
  const places = readPlaces(findings);
  const faults = new Map<string, Fault>();
  for (const error of findings) {
    // What an `if` leads to, or is wrong with a name, is reported by itself.
    if (
      error.keyword === 'if' ||
      error.keyword === 'propertyNames' ||
      isNoiseOfUnion(error, places) ||
      isNoiseOfType(error, places)
    )
      continue;
    const pointer = pointerOf(error);
    const code = CODES[error.keyword] ?? 'invalid';
    faults.set(`${pointer} ${code}`, { pointer, code, message: sentenceOf(error) });
  }
  return [...faults.values()];
}

/** What has been found at each place, so that no finding has to be compared with all others. */
interface Places {
  readonly unions: ReadonlySet<string>;
  /** Unions of which something is wrong inside the branch that was meant. */
  readonly entered: ReadonlySet<string>;
  readonly wrongTypes: ReadonlySet<string>;
}

function readPlaces(errors: readonly FastifySchemaValidationError[]): Places {
  const pathsOf = (wanted: string) =>
    new Set(errors.filter(({ keyword }) => keyword === wanted).map(({ instancePath }) => instancePath));
  const unions = pathsOf('anyOf');
  const entered = new Set<string>();
  for (const error of unions.size === 0 ? [] : errors) {
    for (const path of pathsTo(error.instancePath)) {
      if (unions.has(path) && isInside(error, path)) entered.add(path);
    }
  }
  return { unions, entered, wrongTypes: pathsOf('type') };
}

/** A path and those above it. */
function* pathsTo(path: string): Generator<string> {
  for (let end = path.length; end !== -1; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
    yield path.slice(0, end);
  }
}

function isInside({ keyword, instancePath }: FastifySchemaValidationError, union: string): boolean {
  if (keyword === 'anyOf') return false;
  return instancePath !== union || !['type', 'const', 'enum'].includes(keyword);
}

/** A union reports every branch; only what is wrong inside the branch that was meant says anything. */
function isNoiseOfUnion(error: FastifySchemaValidationError, { unions, entered }: Places): boolean {
  const { instancePath: path, keyword } = error;
  if (!unions.has(path)) return false;
  return entered.has(path) ? !isInside(error, path) : keyword !== 'anyOf';
}

/** A value of a wrong type is not one of a closed list either, which goes without saying. */
function isNoiseOfType({ keyword, instancePath }: FastifySchemaValidationError, { wrongTypes }: Places): boolean {
  return (keyword === 'enum' || keyword === 'const') && wrongTypes.has(instancePath);
}

function pointerOf({ instancePath, keyword, params }: FastifySchemaValidationError): string {
  const names: Record<string, unknown> = {
    required: params.missingProperty,
    additionalProperties: params.additionalProperty,
  };
  const name = names[keyword];
  const below = typeof params.below === 'string' ? params.below : '';
  return `${instancePath}${name === undefined ? below : jsonPointer(String(name))}`;
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
