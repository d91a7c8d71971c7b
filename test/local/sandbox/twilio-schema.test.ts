import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { ACCOUNT_SID, AUTH_TOKEN, SENDER, startTestSandbox } from './sandbox-clients.ts';

/** Twilio's published description of its API (github.com/twilio/twilio-oai), where there is a copy beside the repository. */
const DESCRIPTION = new URL('../../../../shared/twilio-openapi/twilio_api_v2010.json', import.meta.url);

interface Schema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly properties?: Record<string, Schema & { $ref?: string }>;
}

describe.runIf(existsSync(DESCRIPTION))('by the description that Twilio publishes', () => {
  let sandbox: Sandbox;
  let sid: string;
  let created: Record<string, unknown>;

  beforeAll(async () => {
    sandbox = await startTestSandbox({ callbackDelayMs: 1 });
    created = await call('Messages.json', new URLSearchParams({ To: '+15005553001', From: SENDER, Body: 'A text.' }));
    sid = String(created['sid']);
  });

  afterAll(() => sandbox.close());

  test('a created message has exactly the properties of a Message', () => {
    expect(faults(created)).toEqual([]);
  });

  test('a message that failed has exactly the properties of a Message', async () => {
    const fetching = () => call(`Messages/${sid}.json`);
    await expect.poll(fetching).toMatchObject({ status: 'undelivered' });
    expect(faults(await fetching())).toEqual([]);
  });

  test('a list has exactly the properties of a page of Messages', async () => {
    const list = await call('Messages.json?PageSize=1');
    const messages = list['messages'] as Record<string, unknown>[];
    expect(messages.flatMap(faults)).toEqual([]);
    expect(Object.keys(list).sort()).toEqual(listProperties());
  });

  async function call(path: string, body: URLSearchParams | null = null): Promise<Record<string, unknown>> {
    const response = await fetch(`${sandbox.twilioBaseUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/${path}`, {
      method: body === null ? 'GET' : 'POST',
      headers: { authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` },
      body,
    });
    return (await response.json()) as Record<string, unknown>;
  }
});

function faults(message: Record<string, unknown>): string[] {
  const { schemas } = readDescription().components;
  const properties = schemas['api.v2010.account.message']?.properties ?? {};
  const names = new Set([...Object.keys(properties), ...Object.keys(message)]);
  return [...names].flatMap((name) => {
    const property = properties[name];
    if (property === undefined) return [`${name} is unknown`];
    if (!(name in message)) return [`${name} is missing`];
    const schema = property.$ref === undefined ? property : schemas[property.$ref.split('/').at(-1) ?? ''];
    return fits(message[name], schema ?? {}) ? [] : [`${name} does not fit: ${message[name]}`];
  });
}

function fits(value: unknown, schema: Schema): boolean {
  if (value === null) return schema.nullable === true;
  if (schema.type === 'integer') return Number.isInteger(value);
  if (schema.type === 'object') return typeof value === 'object';
  if (typeof value !== 'string') return false;
  return new RegExp(schema.pattern ?? '').test(value) && (schema.enum?.includes(value) ?? true);
}

function listProperties(): string[] {
  const path = '/2010-04-01/Accounts/{AccountSid}/Messages.json';
  const { schema } = readDescription().paths[path]?.get.responses['200'].content['application/json'] ?? { schema: {} };
  return Object.keys(schema.properties ?? {}).sort();
}

function readDescription(): {
  components: { schemas: Record<string, Schema> };
  paths: Record<string, { get: { responses: { 200: { content: { 'application/json': { schema: Schema } } } } } }>;
} {
  return JSON.parse(readFileSync(DESCRIPTION, 'utf8'));
}
