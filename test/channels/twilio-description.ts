import { existsSync, readFileSync } from 'node:fs';
import type { RecordedRequest } from './recorded-requests.ts';

/** Twilio's published descriptions (github.com/twilio/twilio-oai), where there is a copy beside the repository. */
const FOLDER = new URL('../../../shared/twilio-openapi/', import.meta.url);

export const hasDescriptions = existsSync(FOLDER);

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly $ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | undefined>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** What of a request does not fit a published description: its path, its method, or one of its parameters. */
export function faultsOf({ method, url, form, json }: RecordedRequest, file: string): string[] {
  const description: Description = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
  const found = Object.entries(description.paths).find(([path]) => pathPattern(path).test(url.pathname));
  if (found === undefined) return [`there is no path ${url.pathname}`];
  const [path, operations] = found;
  const operation = operations[method.toLowerCase()];
  if (operation === undefined) return [`there is no ${method} ${path}`];
  const inPath = Object.entries(pathPattern(path).exec(url.pathname)?.groups ?? {});
  return [
    ...parameterFaults('path', inPath, operation, description),
    ...parameterFaults('query', [...url.searchParams], operation, description),
    ...formFaults(form, operation, description),
    ...(json === undefined ? [] : jsonFaults('', json, jsonSchema(operation), description)),
  ];
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+?)')}$`);
}

function parameterFaults(
  place: 'path' | 'query',
  values: readonly (readonly [string, string])[],
  { parameters = [] }: Operation,
  description: Description,
): string[] {
  return values.flatMap(([name, value]) => {
    const parameter = parameters.find((one) => one.in === place && one.name === name);
    return parameter === undefined ? [`${name} is unknown`] : valueFaults(name, value, parameter.schema, description);
  });
}

function formFaults(form: URLSearchParams, operation: Operation, description: Description): string[] {
  const schema = operation.requestBody?.content['application/x-www-form-urlencoded']?.schema;
  const { properties = {}, required = [] } = schema ?? {};
  const missing = required.filter((name) => !form.has(name)).map((name) => `${name} is missing`);
  const wrong = [...form].flatMap(([name, value]) => {
    const property = properties[name];
    if (property === undefined) return [`${name} is unknown`];
    const isRepeated = property.type !== 'array' && form.getAll(name).length > 1;
    return [
      ...(isRepeated ? [`${name} is repeated`] : []),
      ...valueFaults(name, value, property.items ?? property, description),
    ];
  });
  return [...missing, ...wrong];
}

function valueFaults(name: string, value: string, schema: Schema, description: Description): string[] {
  return fits(value, named(schema, description)) ? [] : [`${name} does not fit`];
}

function jsonSchema({ requestBody }: Operation): Schema {
  return requestBody?.content['application/json']?.schema ?? { additionalProperties: false };
}

/** @param at where the value stands in the body, `/types/0` */
function jsonFaults(at: string, value: unknown, schema: Schema, description: Description): string[] {
  const {
    type,
    properties = {},
    required = [],
    items = {},
    additionalProperties,
    ...text
  } = named(schema, description);
  if (type === 'array') {
    if (!Array.isArray(value)) return [`${at} is no list`];
    return value.flatMap((item, index) => jsonFaults(`${at}/${index}`, item, items, description));
  }
  if (type === 'string') return typeof value === 'string' && fits(value, text) ? [] : [`${at} does not fit`];
  if (typeof value !== 'object' || value === null) return [`${at} is no object`];
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}/${name} is missing`);
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const wrong = Object.entries(value).flatMap(([name, part]) => {
    const property = properties[name] ?? others;
    return property === undefined
      ? [`${at}/${name} is unknown`]
      : jsonFaults(`${at}/${name}`, part, property, description);
  });
  return [...missing, ...wrong];
}

function named(schema: Schema, { components }: Description): Schema {
  return schema.$ref === undefined ? schema : (components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
}

function fits(value: string, { type, format, pattern, minLength = 0, maxLength = Infinity, ...schema }: Schema) {
  if (type === 'integer') return /^-?\d+$/.test(value);
  if (type === 'boolean') return value === 'true' || value === 'false';
  if (format === 'uri') return URL.canParse(value);
  const isLongEnough = value.length >= minLength && value.length <= maxLength;
  return isLongEnough && new RegExp(pattern ?? '').test(value) && (schema.enum?.includes(value) ?? true);
}
