import { existsSync, readFileSync } from 'node:fs';

/**
 * Twilio's published descriptions of its API (github.com/twilio/twilio-oai), where there is a copy of them beside the
 * repository.
 */
const FOLDER = new URL('../../../../shared/twilio-openapi/', import.meta.url);

export const ARE_DESCRIPTIONS_HERE: boolean = existsSync(FOLDER);

export type DescriptionName = 'twilio_api_v2010' | 'twilio_content_v1' | 'twilio_content_v2' | 'twilio_messaging_v1';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, { content?: { 'application/json': { schema: Schema } } }>>;
}

interface Description {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What of an answer is not as described: properties that are missing, unknown or of another form. */
export function faultsOf(
  name: DescriptionName,
  [method, path, status]: readonly [method: 'get' | 'post' | 'delete', path: string, status: number],
  answer: unknown,
): string[] {
  const description = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Description;
  const response = description.paths[path]?.[method]?.responses[String(status)];
  if (response === undefined) return [`${method} ${path} with ${status} is not described`];
  const schema = response.content?.['application/json'].schema;
  if (schema === undefined) return answer === null ? [] : ['there should be no answer'];
  return faultsIn(answer, schema, description, 'answer');
}

function faultsIn(value: unknown, given: Schema, description: Description, at: string): string[] {
  const schema =
    given.$ref === undefined ? given : (description.components.schemas[given.$ref.split('/').at(-1) ?? ''] ?? {});
  if (value === null) return schema.nullable === true ? [] : [`${at} is null`];
  if (Array.isArray(value)) {
    const { items = {} } = schema;
    return value.flatMap((entry, index) => faultsIn(entry, items, description, `${at}[${index}]`));
  }
  const { properties } = schema;
  if (properties === undefined) return fits(value, schema) ? [] : [`${at} does not fit: ${JSON.stringify(value)}`];
  const object = value as Record<string, unknown>;
  return [...new Set([...Object.keys(properties), ...Object.keys(object)])].flatMap((name) => {
    const property = properties[name];
    if (property === undefined) return [`${at}.${name} is unknown`];
    if (!(name in object)) return [`${at}.${name} is missing`];
    return faultsIn(object[name], property, description, `${at}.${name}`);
  });
}

function fits(value: unknown, schema: Schema): boolean {
  switch (schema.type) {
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'object':
    case undefined:
      return typeof value === 'object' || schema.type === undefined;
    default:
      if (typeof value !== 'string') return false;
      return new RegExp(schema.pattern ?? '').test(value) && (schema.enum?.includes(value) ?? true);
  }
}
