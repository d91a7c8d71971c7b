import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { createWhatsappChannel } from '../../../src/channels/whatsapp.ts';
import { createWhatsappApprovals } from '../../../src/channels/whatsapp-approvals.ts';
import { outgoingMessage } from '../../channels/outgoing-message.ts';
import { ACCOUNT_SID, AUTH_TOKEN, startTestSandbox } from './sandbox-clients.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox({ callbackDelayMs: 1 });
});
afterAll(() => sandbox.close());

const account = () => ({
  ...{ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, baseUrl: sandbox.twilioBaseUrl, timeoutSeconds: 3 },
});

async function call(method: string, path: string, body?: object): Promise<{ status: number; json: { sid: string } }> {
  const response = await fetch(`${sandbox.twilioBaseUrl}${path}`, {
    ...{ method, body: body === undefined ? null : JSON.stringify(body) },
    headers: { authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}`, 'content-type': 'application/json' },
  });
  return { status: response.status, json: (response.status === 204 ? null : await response.json()) as { sid: string } };
}

test('a content is made, read and deleted', async () => {
  const types = { 'twilio/text': { body: 'Hi {{1}}' } };
  const { status, json } = await call('POST', '/v1/Content', { friendly_name: 'hi', language: 'en', types });
  expect([status, json]).toMatchObject([201, { account_sid: ACCOUNT_SID, friendly_name: 'hi', language: 'en', types }]);
  expect((await call('GET', `/v1/Content/${json.sid}`)).json).toEqual(json);
  expect((await call('DELETE', `/v1/Content/${json.sid}`)).status).toBe(204);
  expect((await call('GET', `/v1/Content/${json.sid}`)).status).toBe(404);
});

test('a content without a language or types is refused', async () => {
  expect((await call('POST', '/v1/Content', { friendly_name: 'hi' })).status).toBe(400);
});

test('a client without the credentials is refused', async () => {
  const response = await fetch(`${sandbox.twilioBaseUrl}/v1/Content/HX${'a'.repeat(32)}`);
  expect(response.status).toBe(401);
});

describe('the approval', () => {
  test('of a template that was not made here is there', async () => {
    const approvals = createWhatsappApprovals(account());
    expect(await approvals.fetchApproval(`HX${'a'.repeat(32)}`)).toMatchObject({ status: 'approved' });
    approvals.close();
  });

  test('of a content that nobody has submitted is not', async () => {
    const { json } = await call('POST', '/v1/Content', { language: 'en', types: { 'twilio/text': { body: 'Hi' } } });
    const approvals = createWhatsappApprovals(account());
    expect(await approvals.fetchApproval(json.sid)).toMatchObject({ status: 'unsubmitted' });
    approvals.close();
  });
});

test('a message with buttons is taken', async () => {
  const whatsapp = createWhatsappChannel({
    ...{ twilio: account(), from: '+14155238886', publicUrl: 'http://127.0.0.1:1' },
  });
  const interactive = { type: 'quick_reply', actions: [{ id: 'yes', title: 'Yes' }] } as const;
  const taken = await whatsapp.send(outgoingMessage({ to: '+15005559911', content: { interactive } }));
  await whatsapp.close();
  expect(taken.providerMessageId).toMatch(/^SM/);
});
