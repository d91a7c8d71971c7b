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
const UNDESCRIBED = /^\/(metrics|api\/openapi\.json|api\/docs)\b/;

/**
 * Compares responses with the document: each has to have a status, a media type and a body that it describes.
 * @returns a function that throws where a response was not promised
 */
export function createResponseCheck(document: OpenApiDocument): (response: ReceivedResponse) => void {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validators = new Map<object, ValidateFunction>();
  const templates = Object.keys(document.paths).map((template) => ({ template, pattern: patternOf(template) }));

  function validate(schema: object, value: unknown): string | null {
    const validator = validators.get(schema) ?? ajv.compile(schema);
    validators.set(schema, validator);
    return validator(value) ? null : ajv.errorsText(validator.errors, { dataVar: 'body' });
  }

  return ({ method, path, status, contentType, text }) => {
    if (UNDESCRIBED.test(path)) return;
    const template = templates.find(({ pattern }) => pattern.test(path))?.template ?? '';
    const operation = document.paths[template]?.[method.toLowerCase()];
    if (operation === undefined && status !== 404) throw new Error(`${method} ${path} is not in the document.`);
    if (operation === undefined) return;
    const described = operation.responses[status];
    const where = `${method} ${template} ${status}`;
    if (described === undefined) throw new Error(`${where} is not in the document: ${text}`);
    const mediaType = contentType.split(';')[0] ?? '';
    const schema = described.content?.[mediaType]?.schema;
    if (text === '') return;
    if (schema === undefined) throw new Error(`${where} has an undescribed media type ${mediaType}.`);
    const fault = validate(schema, JSON.parse(text));
    if (fault !== null) throw new Error(`${where} is not as described: ${fault}`);
  };
}

function patternOf(template: string): RegExp {
  const escaped = template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${escaped.replace(/\/$/, '')}/?$`);
}
