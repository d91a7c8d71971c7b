import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

/** The parts of a JSON Schema that say how large a value may be. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly additionalProperties?: boolean | Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

let service: Service;
let operations: [string, Operation][];

beforeAll(async () => {
  service = await startService();
  const { paths } = service.app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
});
afterAll(() => service.close());

test('every text, list and map of every body has a limit', () => {
  const unlimited = operations.flatMap(([name, { requestBody }]) =>
    Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => unlimitedIn(schema ?? {}, `${name} body`)),
  );
  expect(unlimited).toEqual([]);
});

test('every text of every query and path has a limit', () => {
  const unlimited = operations.flatMap(([name, { parameters = [] }]) =>
    parameters.flatMap((parameter) => unlimitedIn(parameter.schema, `${name} ${parameter.name}`)),
  );
  expect(unlimited).toEqual([]);
});

test.each([
  ['a text', { type: 'string' }],
  ['a text with an open pattern', { type: 'string', pattern: '^[a-z]+$' }],
  ['a list', { type: 'array', items: { type: 'boolean' } }],
  ['a map', { type: 'object', patternProperties: { '^.*$': { type: 'boolean' } } }],
  ['an open object', { type: 'object', properties: {} }],
  ['a text in a list', { type: 'array', maxItems: 1, items: { type: 'string' } }],
  ['a text in a union', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
  ['any JSON', {}],
])('%s without a limit would be found', (_what, schema) => {
  expect(unlimitedIn(schema, 'it')).toHaveLength(1);
});

/** Where a schema lets a value be of any size. */
function unlimitedIn(schema: Schema, place: string): string[] {
  const own = isLimited(schema) ? [] : [place];
  const { properties = {}, patternProperties = {}, items, anyOf = [] } = schema;
  return [
    ...own,
    ...Object.entries({ ...properties, ...patternProperties }).flatMap(([name, inside]) =>
      unlimitedIn(inside, `${place}/${name}`),
    ),
    ...(items === undefined ? [] : unlimitedIn(items, `${place}/*`)),
    ...anyOf.flatMap((branch) => unlimitedIn(branch, place)),
  ];
}

function isLimited(schema: Schema): boolean {
  if (schema.anyOf !== undefined || schema.enum !== undefined || 'const' in schema) return true;
  const types = schema.type === undefined ? ['string', 'array', 'object'] : [schema.type].flat();
  return types.every((type) => {
    if (type === 'string') return isLimitedText(schema);
    if (type === 'array') return schema.maxItems !== undefined;
    if (type === 'object') return schema.additionalProperties === false || schema.maxProperties !== undefined;
    return true;
  });
}

function isLimitedText({ maxLength, format, pattern }: Schema): boolean {
  if (maxLength !== undefined || format === 'uuid') return true;
  return pattern !== undefined && /^\^.*\$$/.test(pattern) && !/[*+]|,\}/.test(pattern.replaceAll(/\[[^\]]*\]/g, ''));
}
