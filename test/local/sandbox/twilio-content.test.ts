import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { createWhatsappChannel } from '../../../src/channels/whatsapp.ts';
import { createWhatsappApprovals } from '../../../src/channels/whatsapp-approvals.ts';
import { outgoingMessage } from '../../channels/outgoing-message.ts';
import { ACCOUNT_SID, AUTH_TOKEN, startTestSandbox, taken, twilioClient } from './sandbox-clients.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox({ callbackDelayMs: 1, approvalDelayMs: 10 });
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

test.each<[why: string, types: object]>([
  ['of a type that nobody knows', { 'twilio/hologram': { body: 'Hi' } }],
  ['without what its type needs', { 'twilio/quick-reply': { body: 'Hi' } }],
  ['with eleven buttons', { 'twilio/quick-reply': { body: 'Hi', actions: Array(11).fill({ id: 'a', title: 'A' }) } }],
  ['with a text of more than 1,600 characters', { 'twilio/text': { body: 'a'.repeat(1601) } }],
])('a content %s is refused', async (_why, types) => {
  expect((await call('POST', '/v1/Content', { language: 'en', types })).status).toBe(400);
});

test('a list of contents has every one once over its pages', async () => {
  const own = await startTestSandbox();
  const { contents } = twilioClient(own).content.v2;
  const create = (body: string) =>
    twilioClient(own).content.v1.contents.create({ language: 'en', types: { 'twilio/text': { body } } } as never);
  for (const body of ['one', 'two', 'three']) await create(body);
  expect((await contents.list({ pageSize: 2 })).map(({ types }) => types)).toEqual(
    ['three', 'two', 'one'].map((body) => ({ 'twilio/text': { body } })),
  );
  await own.close();
});

describe('a message with a content', () => {
  const send = async (to: string, types: object, variables: object) => {
    const sample = { friendly_name: 'hi', language: 'en', variables: { 1: 'you', 2: 'soon' }, types };
    const { json } = await call('POST', '/v1/Content', sample);
    const contentVariables = JSON.stringify(variables);
    const from = to.startsWith('whatsapp:') ? 'whatsapp:+14155238886' : '+14155238886';
    await twilioClient(sandbox).messages.create({ to, from, contentSid: json.sid, contentVariables });
    return (await taken(sandbox, { to: to.replace('whatsapp:', '') }))[0];
  };

  test('shows its text with the values, and samples for those that are missing', async () => {
    const shown = await send('+14155550201', { 'twilio/text': { body: 'Hi {{1}}, see you {{2}}' } }, { 1: 'Ada' });
    expect(shown?.text).toBe('Hi Ada, see you soon');
  });

  test('shows what can be tapped on', async () => {
    const actions = [{ id: 'yes', title: 'Yes' }];
    const types = { 'twilio/text': { body: 'Plain' }, 'twilio/quick-reply': { body: 'Rich {{1}}', actions } };
    expect(await send('whatsapp:+14155550202', types, { 1: 'Ada' })).toMatchObject({
      ...{ text: 'Rich Ada', choices: [{ kind: 'button', id: 'yes', title: 'Yes', target: null }] },
    });
  });

  test('shows its plain text by SMS', async () => {
    const actions = [{ id: 'yes', title: 'Yes' }];
    const types = { 'twilio/quick-reply': { body: 'Rich', actions }, 'twilio/text': { body: 'Plain' } };
    expect(await send('+14155550203', types, {})).toMatchObject({ text: 'Plain', choices: [] });
  });

  test('that was never made here shows the values', async () => {
    const contentSid = `HX${'b'.repeat(32)}`;
    const [to, from] = ['whatsapp:+14155550204', 'whatsapp:+14155238886'];
    await twilioClient(sandbox).messages.create({ to, from, contentSid, contentVariables: '{"1":"Ada"}' });
    expect(await taken(sandbox, { to: '+14155550204' })).toMatchObject([{ text: `Template ${contentSid}\n1: Ada` }]);
  });
});

describe('the approval', () => {
  test('comes some time after the content was submitted', async () => {
    const own = await startTestSandbox({ approvalDelayMs: 100 });
    const { contents } = twilioClient(own).content.v1;
    const types = { 'twilio/text': { body: 'Hi' } };
    const { sid } = await contents.create({ language: 'en', types } as never);
    const submitted = await contents(sid).approvalCreate.create({ name: 'hi', category: 'UTILITY' });
    expect(submitted.status).toBe('received');
    const status = async () => (await contents(sid).approvalFetch().fetch()).whatsapp.status;
    await expect.poll(status).toBe('approved');
    await own.close();
  });

  test('is not given to a template whose name says so', async () => {
    const { json } = await call('POST', '/v1/Content', { language: 'en', types: { 'twilio/text': { body: 'Hi' } } });
    const { contents } = twilioClient(sandbox).content.v1;
    await contents(json.sid).approvalCreate.create({ name: 'offer_rejected', category: 'MARKETING' });
    const fetching = async () => (await contents(json.sid).approvalFetch().fetch()).whatsapp;
    await expect.poll(fetching).toMatchObject({ status: 'rejected', rejection_reason: expect.stringMatching(/./) });
  });

  test('is asked for once only', async () => {
    const { json } = await call('POST', '/v1/Content', { language: 'en', types: { 'twilio/text': { body: 'Hi' } } });
    const submit = () =>
      call('POST', `/v1/Content/${json.sid}/ApprovalRequests/whatsapp`, { name: 'hi', category: 'UTILITY' });
    expect([(await submit()).status, (await submit()).status]).toEqual([201, 400]);
  });

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
