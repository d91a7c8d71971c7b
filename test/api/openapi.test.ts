import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PUBLIC_URL, type Service, startService } from '../support/service.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: object;
}
interface Body {
  content?: Record<string, { schema?: object }>;
}
interface Operation {
  tags?: string[];
  summary?: string;
  parameters?: Parameter[];
  requestBody?: Body;
  responses: Record<string, Body & { description?: string }>;
  security?: object[];
}

let service: Service;
let document: { openapi: string; info: object; servers: object[]; components: object; security: object[] } & {
  paths: Record<string, Record<string, Operation>>;
};
let operations: [string, Operation][];

beforeAll(async () => {
  service = await startService();
  document = (await service.request('GET', '/api/openapi.json', { key: null })).json;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
});
afterAll(() => service.close());

const namesWhere = (isFaulty: (operation: Operation, name: string) => boolean) =>
  operations.filter(([name, operation]) => isFaulty(operation, name)).map(([name]) => name);
const schemasOf = ({ parameters = [], requestBody, responses }: Operation): object[] =>
  [
    ...parameters.map(({ schema }) => schema),
    ...[requestBody, ...Object.values(responses)].flatMap((body) =>
      Object.values(body?.content ?? {}).map(({ schema }) => schema),
    ),
  ].filter((schema) => schema !== undefined);

test('the document is OpenAPI 3.1 of this service', () => {
  const info = { title: 'Keryu Messaging', version: '1' };
  expect(document).toMatchObject({ openapi: '3.1.0', info, servers: [{ url: PUBLIC_URL }], security: [{ key: [] }] });
});

test('the document describes how keys are sent', () => {
  expect(document.components).toMatchObject({ securitySchemes: { key: { type: 'http', scheme: 'bearer' } } });
});

describe('every operation', () => {
  test('has a summary and a tag', () => {
    expect(namesWhere(({ summary, tags }) => !summary || tags?.length !== 1)).toEqual([]);
  });

  test('has exactly the parameters that its path names', () => {
    const named = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const described = ({ parameters = [] }: Operation) =>
      parameters.filter((parameter) => parameter.in === 'path' && parameter.required === true).map(({ name }) => name);
    const isFaulty = (operation: Operation, name: string) => `${named(name)}` !== `${described(operation)}`;
    expect(namesWhere(isFaulty)).toEqual([]);
  });

  test('has at least one answer that is a success, and describes each', () => {
    const isFaulty = ({ responses }: Operation) =>
      !Object.keys(responses).some((status) => status.startsWith('2')) ||
      Object.values(responses).some(({ description }) => description === undefined);
    expect(namesWhere(isFaulty)).toEqual([]);
  });

  test('answers every fault with a problem', () => {
    const isFaulty = ({ responses }: Operation) =>
      Object.entries(responses).some(
        ([status, { content = {} }]) => Number(status) >= 400 && !('application/problem+json' in content),
      );
    expect(namesWhere(isFaulty)).toEqual([]);
  });

  test('has schemas that are JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const isFaulty = (operation: Operation) => !schemasOf(operation).every((schema) => ajv.validateSchema(schema));
    expect(namesWhere(isFaulty)).toEqual([]);
  });

  test('needs a key, but for those that are public', () => {
    const webhooks = ['twilio/status', 'email/bounce', 'twilio/inbound'].map((of) => `post /api/webhooks/${of}/`);
    const open = ['get /api/health/live/', 'get /api/health/ready/', ...webhooks];
    expect(namesWhere(({ security }) => security?.length === 0)).toEqual(open);
  });
});

test('the reference can be browsed', async () => {
  const { status, headers } = await service.request('GET', '/api/docs/', { key: null });
  expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
});
