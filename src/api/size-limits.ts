import type { FastifySchemaValidationError } from 'fastify';
import { jsonPointer } from '../domain/json-pointer.ts';

/** The keywords of JSON Schema that say how large a value may be and what is inside it. */
export interface SizedSchema {
  readonly type?: string;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly items?: SizedSchema;
  readonly properties?: Readonly<Record<string, SizedSchema>>;
  readonly patternProperties?: Readonly<Record<string, SizedSchema>>;
  readonly additionalProperties?: boolean | SizedSchema;
  readonly anyOf?: readonly SizedSchema[];
}

export interface SizedValue {
  /** The value itself, or a copy without what is over the limits. */
  readonly value: unknown;
  /** One for each list and map that is too large, as the validator would report it. */
  readonly faults: readonly FastifySchemaValidationError[];
}

/** Unknown names of an object that are looked at: each of them is a fault, and one more than are named shows that. */
const MAX_UNKNOWN_NAMES = 101;

/**
 * Cuts every list and map to the limit that its schema sets. A validator that names every fault also looks at everything
 * beyond a limit, so that a body of a million wrong values costs seconds and gigabytes.
 */
export function cutToLimits(schema: SizedSchema, value: unknown): SizedValue {
  const faults: FastifySchemaValidationError[] = [];
  return { value: cut([schema], value, { path: '', faults }), faults };
}

interface Place {
  readonly path: string;
  readonly faults: FastifySchemaValidationError[];
}

/** @param schemas those that may be meant: the branches of a union share one place */
function cut(schemas: readonly SizedSchema[], value: unknown, place: Place): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const branches = schemas.flatMap((schema) => [schema, ...(schema.anyOf ?? [])]);
  return Array.isArray(value) ? cutList(branches, value, place) : cutMap(branches, value as Fields, place);
}

type Fields = Record<string, unknown>;

function cutList(branches: readonly SizedSchema[], list: readonly unknown[], { path, faults }: Place): unknown {
  const limit = largest(branches.map(({ maxItems }) => maxItems));
  const kept = list.length > limit ? list.slice(0, limit) : list;
  if (kept !== list) faults.push(excess('maxItems', path, limit, 'items'));
  const inside = branches.flatMap(({ items }) => items ?? []);
  if (inside.length === 0) return kept;
  const items = kept.map((item, index) => cut(inside, item, { path: `${path}/${index}`, faults }));
  return items.some((item, index) => item !== kept[index]) ? items : kept;
}

function cutMap(branches: readonly SizedSchema[], map: Fields, { path, faults }: Place): unknown {
  const names = Object.keys(map);
  const limit = largest(branches.map(({ maxProperties }) => maxProperties));
  if (names.length > limit) faults.push(excess('maxProperties', path, limit, 'properties'));
  const kept = keptNames(branches, names, limit);
  const changed: Fields = Object.create(null);
  let isSame = kept.length === names.length;
  for (const name of kept) {
    changed[name] = cut(schemasOf(branches, name), map[name], { path: `${path}${jsonPointer(name)}`, faults });
    isSame &&= changed[name] === map[name];
  }
  return isSame ? map : changed;
}

/** All names that are known, and as many others as there may be, or as are looked at where there may be none. */
function keptNames(branches: readonly SizedSchema[], names: readonly string[], limit: number): readonly string[] {
  const most = Math.min(limit, isClosed(branches) ? MAX_UNKNOWN_NAMES : limit);
  if (names.length <= most) return names;
  const isKnown = (name: string) => branches.some(({ properties = {} }) => Object.hasOwn(properties, name));
  return [...names.filter(isKnown), ...names.filter((name) => !isKnown(name)).slice(0, most)];
}

function isClosed(branches: readonly SizedSchema[]): boolean {
  const ofMaps = branches.filter(({ properties, patternProperties }) => properties ?? patternProperties);
  return ofMaps.length > 0 && ofMaps.every(({ additionalProperties }) => additionalProperties === false);
}

function schemasOf(branches: readonly SizedSchema[], name: string): SizedSchema[] {
  return branches.flatMap(({ properties = {}, patternProperties = {}, additionalProperties }) => {
    if (Object.hasOwn(properties, name)) return properties[name] ?? [];
    return [
      ...Object.values(patternProperties),
      ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
    ];
  });
}

/** The widest limit of a union counts, because its branch may be meant. */
function largest(limits: readonly (number | undefined)[]): number {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known);
}

function excess(
  keyword: 'maxItems' | 'maxProperties',
  instancePath: string,
  limit: number,
  things: string,
): FastifySchemaValidationError {
  const message = `must NOT have more than ${limit} ${things}`;
  return { keyword, instancePath, schemaPath: `#/${keyword}`, params: { limit }, message };
}
