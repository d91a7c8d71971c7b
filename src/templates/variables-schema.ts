import { DATE, type VariableType, WEB_URL } from './variable-types.ts';
import type { VariableDeclaration, VariableDeclarations } from './variables.ts';

/** JSON Schema 2020-12 of the variables of a message. */
export interface VariablesSchema {
  readonly $schema: 'https://json-schema.org/draft/2020-12/schema';
  readonly type: 'object';
  readonly properties: Readonly<Record<string, object>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/**
 * Formats alone would let a little more through (a time without an offset's colon, a leap second, `ftp:`); with the
 * patterns the schema takes what `resolveVariables` takes. Mind that `uri`, where a validator asserts RFC 3986, refuses
 * addresses with letters beyond ASCII, which we take.
 */
const TYPES: Readonly<Record<VariableType, object>> = {
  string: { type: 'string' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', pattern: DATE.source, anyOf: [{ format: 'date' }, { format: 'date-time' }] },
  url: { type: 'string', pattern: WEB_URL.source, format: 'uri' },
  list: { type: 'array' },
  object: { type: 'object' },
};

/** Describes the `variables` of a message for the declarations of its template. */
export function variablesSchema(declarations: VariableDeclarations): VariablesSchema {
  const entries = Object.entries(declarations);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, declaration]) => [name, propertySchema(declaration)])),
    required: entries
      .filter(([, { required, default: value }]) => required === true && value === undefined)
      .map(nameOf),
    additionalProperties: false,
  };
}

function propertySchema({ type, description, default: value, example }: VariableDeclaration): object {
  return {
    ...TYPES[type],
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

function nameOf([name]: readonly [string, unknown]): string {
  return name;
}
