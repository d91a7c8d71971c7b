import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

/** As much of an OpenAPI document as a response is checked against. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

export interface ReceivedResponse {
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  contentType: string;
  text: string;
}

/** Not part of the described contract. */
const UNDESCRIBED = /^\/(metrics|api\/openapi\.json|api\/docs)\b|^\/(api\/?)?$/;

/**
 * Compares responses with the document: each has to have a status, a media type and a body that it describes.
 * @returns a function that throws where a response was not promised
 */
export function createResponseCheck(document: OpenApiDocument): (response: ReceivedResponse) => void {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validators = new Map<object, ValidateFunction>();
  // A path without parameters comes before one that its parameters would fit (OpenAPI 3.1, Paths Object).
  const templates = Object.keys(document.paths)
    .sort((one, other) => countParameters(one) - countParameters(other))
    .map((template) => ({ template, pattern: patternOf(template) }));

  function validate(schema: object, value: unknown): string | null {
    const validator = validators.get(schema) ?? ajv.compile(schema);
    validators.set(schema, validator);
    return validator(value) ? null : ajv.errorsText(validator.errors, { dataVar: 'body' });
  }

  return ({ method, path, status, contentType, text }) => {
    const template = templates.find(({ pattern }) => pattern.test(path))?.template ?? '';
    const operation = document.paths[template]?.[method.toLowerCase()];
    if (operation === undefined) {
      if (status === 404 || status === 405 || UNDESCRIBED.test(path)) return;
      throw new Error(`${method} ${path} is not in the document.`);
    }
    const schema = schemaOf(operation, { status, contentType, text }, `${method} ${template} ${status}`);
    const body = () => (contentType.includes('json') ? JSON.parse(text) : text);
    const fault = schema === null ? null : validate(schema, body());
    if (fault !== null) throw new Error(`${method} ${template} ${status} is not as described: ${fault}`);
  };
}

/** What a body has to be like; null where there is none. */
function schemaOf(
  operation: Operation,
  { status, contentType, text }: Pick<ReceivedResponse, 'status' | 'contentType' | 'text'>,
  where: string,
): object | null {
  const described = operation.responses[status];
  if (described === undefined) throw new Error(`${where} is not in the document: ${text}`);
  if (text === '') return null;
  const mediaType = contentType.split(';')[0] ?? '';
  const schema = described.content?.[mediaType]?.schema;
  if (schema === undefined) throw new Error(`${where} has an undescribed media type ${mediaType}.`);
  return schema;
}

function countParameters(template: string): number {
  return template.split('{').length - 1;
}

function patternOf(template: string): RegExp {
  const escaped = template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${escaped.replace(/\/$/, '')}/?$`);
}
