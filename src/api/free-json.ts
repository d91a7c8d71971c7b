import type { AnySchemaObject, SchemaValidateFunction } from 'ajv';
import { Type } from 'typebox';
import { jsonPointer } from '../domain/json-pointer.ts';

/** Limits on JSON of a caller's own making, such as variables. Texts are as long as a rendered one may be. */
const MAX_TEXT = 500_000;
const MAX_ITEMS = 10_000;
const MAX_NAMES = 1_000;
const MAX_NAME_LENGTH = 200;

/** The keyword by which the validator holds the limits at every depth. */
export const FREE_JSON = 'x-any-json';

const limits = { maxLength: MAX_TEXT, maxItems: MAX_ITEMS, maxProperties: MAX_NAMES };

/** Any JSON within limits. */
export function FreeJson(description: string) {
  return Type.Unsafe<unknown>({ [FREE_JSON]: true, ...limits, description });
}

/** Any JSON by name. */
export function FreeFields(description: string) {
  const names = { maxProperties: MAX_NAMES, propertyNames: { maxLength: MAX_NAME_LENGTH } };
  return Type.Record(Type.String(), FreeJson('Any JSON'), { ...names, description });
}

interface Excess {
  readonly keyword: 'maxLength' | 'maxItems' | 'maxProperties';
  readonly message: string;
  /** JSON pointer from the value that was checked. */
  readonly below: string;
}

/** Names the first value that is over the limits. Depth has been checked before. */
export const findFreeFault: SchemaValidateFunction = (_schema: AnySchemaObject, value: unknown) => {
  const excess = excessIn(value, []);
  findFreeFault.errors = excess === null ? [] : [{ ...excess, params: { below: excess.below } }];
  return excess === null;
};

function excessIn(value: unknown, path: (string | number)[]): Excess | null {
  const keyword = excessOf(value);
  if (keyword !== null) return { keyword, message: SENTENCES[keyword], below: jsonPointer(...path) };
  if (typeof value !== 'object' || value === null) return null;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    path.push(key);
    const excess = excessIn((value as Record<string | number, unknown>)[key], path);
    if (excess !== null) return excess;
    path.pop();
  }
  return null;
}

/** Of a value by itself, not of what is inside it. */
function excessOf(value: unknown): Excess['keyword'] | null {
  if (typeof value === 'string') return value.length > MAX_TEXT ? 'maxLength' : null;
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.length > MAX_ITEMS ? 'maxItems' : null;
  const names = Object.keys(value);
  if (names.length > MAX_NAMES) return 'maxProperties';
  return names.some(({ length }) => length > MAX_NAME_LENGTH) ? 'maxLength' : null;
}

const SENTENCES: Record<Excess['keyword'], string> = {
  maxLength: `a text has at most ${MAX_TEXT} characters, a name at most ${MAX_NAME_LENGTH}`,
  maxItems: `a list has at most ${MAX_ITEMS} items`,
  maxProperties: `an object has at most ${MAX_NAMES} names`,
};
