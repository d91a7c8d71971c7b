import { jsonPointer } from '../domain/json-pointer.ts';
import { ACKNOWLEDGE_URL } from './acknowledge-link.ts';
import { fitsType, VARIABLE_TYPES, type VariableType } from './variable-types.ts';

export interface VariableDeclaration {
  type: VariableType;
  /** Whether a message without it is refused; a `default` makes up for its absence. */
  required?: boolean;
  default?: unknown;
  description?: string;
  example?: unknown;
}

export type VariableDeclarations = Record<string, VariableDeclaration>;

export interface Fault {
  /** JSON pointer (RFC 6901) from the object that was checked. */
  pointer: string;
  code: 'missing_variable' | 'undeclared_variable' | 'wrong_type' | 'null_variable' | 'invalid_name' | 'reserved_name';
  message: string;
}

/** What Liquid reads as one name. */
const NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_-]{0,99}$/u;

/** Words that Liquid reads otherwise than as a variable, and what the service itself gives. */
const RESERVED = new Set([
  ...'true false nil null empty blank and or not contains in continue forloop tablerowloop'.split(' '),
  ACKNOWLEDGE_URL,
]);

/**
 * What an optional variable is where neither a value nor a default was given. It prints as nothing and counts as
 * `blank`; in a condition, mind that Liquid takes an empty text for true: write `{% if name != blank %}`.
 */
const ABSENT: Readonly<Record<VariableType, () => unknown>> = {
  string: () => '',
  number: () => '',
  date: () => '',
  url: () => '',
  boolean: () => false,
  list: () => [],
  object: () => ({}),
};

/** Checks what a template says about its variables: usable names, and defaults and examples of the right type. */
export function checkDeclarations(declarations: VariableDeclarations): Fault[] {
  return Object.entries(declarations).flatMap(([name, declaration]) => [
    ...nameFaults(name),
    ...(['default', 'example'] as const).flatMap((field) => {
      const value = declaration[field];
      if (value === undefined || fitsType(value, declaration.type)) return [];
      return [wrongType(jsonPointer(name, field), `The ${field} of "${name}"`, declaration.type)];
    }),
  ]);
}

/**
 * Checks the variables of one message against their declarations, all of them, and fills in what was left out.
 * `values` holds every declared variable that has no fault. Messages name the variable and never its value.
 */
export function resolveVariables(
  declarations: VariableDeclarations,
  given: Readonly<Record<string, unknown>>,
): { values: Record<string, unknown>; faults: Fault[] } {
  const resolved = Object.entries(declarations).map(([name, declaration]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    return { name, value: value ?? absentValue(declaration), fault: valueFault(name, value, declaration) };
  });
  const undeclared = Object.keys(given).filter((name) => !Object.hasOwn(declarations, name));
  return {
    values: Object.fromEntries(resolved.filter(({ fault }) => fault === null).map(({ name, value }) => [name, value])),
    faults: [...resolved.flatMap(({ fault }) => fault ?? []), ...undeclared.map(undeclaredFault)],
  };
}

function absentValue(declaration: VariableDeclaration): unknown {
  return declaration.default ?? ABSENT[declaration.type]();
}

function valueFault(name: string, value: unknown, declaration: VariableDeclaration): Fault | null {
  const pointer = jsonPointer(name);
  if (value === null) return { pointer, code: 'null_variable', message: `The variable "${name}" is null.` };
  if (value !== undefined) {
    return fitsType(value, declaration.type) ? null : wrongType(pointer, `The variable "${name}"`, declaration.type);
  }
  if (declaration.required !== true || declaration.default !== undefined) return null;
  return { pointer, code: 'missing_variable', message: `The variable "${name}" is required and missing.` };
}

function undeclaredFault(name: string): Fault {
  const message = 'The template declares no variable of this name.';
  return { pointer: jsonPointer(name), code: 'undeclared_variable', message };
}

function nameFaults(name: string): Fault[] {
  const pointer = jsonPointer(name);
  if (!NAME.test(name)) {
    const message = 'A variable name starts with a letter or _, goes on with letters, digits, _ or -, up to 100.';
    return [{ pointer, code: 'invalid_name', message }];
  }
  if (RESERVED.has(name) || name in Object.prototype) {
    return [{ pointer, code: 'reserved_name', message: `The name "${name}" has a meaning of its own.` }];
  }
  return [];
}

function wrongType(pointer: string, what: string, type: VariableType): Fault {
  return { pointer, code: 'wrong_type', message: `${what} is not ${VARIABLE_TYPES[type]}.` };
}
