import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { ACCOUNT_SID, AUTH_TOKEN, SENDER, startTestSandbox, twilioClient } from './sandbox-clients.ts';

/** Has not written for 24 hours; each test has its own. */
const silent = (last: string) => `+150055564${last}`;
const template = (ending: string) => `HX${ending.padStart(32, 'a')}`;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox({ approvalDelayMs: 0 });
});
afterAll(() => sandbox.close());

describe('to somebody who has not written for 24 hours', () => {
  test('a text fails with 63016', async () => {
    expect(await outcome(silent('01'), { body: 'Hello' })).toBe('failed 63016');
  });

  test('an approved template is delivered', async () => {
    expect(await outcome(silent('02'), { contentSid: template('aaaa') })).toBe('delivered');
  });

  test.each([
    ['0001', 'failed 63040'],
    ['0002', 'failed 63041'],
    ['0003', 'failed 63016'],
    ['0004', 'failed 63042'],
    ['0005', 'failed 63016'],
  ])('a template whose SID ends in %s %s', async (ending, expected) => {
    expect(await outcome(silent('03'), { contentSid: template(ending) })).toBe(expected);
  });

  test('a content that was made and not submitted fails', async () => {
    const contentSid = await content({ 'twilio/text': { body: 'Hello' } });
    expect(await outcome(silent('04'), { contentSid })).toBe('failed 63016');
  });

  test('a content that was made and approved is delivered', async () => {
    const contentSid = await content({ 'twilio/text': { body: 'Hello' } });
    await submit(contentSid, 'hello');
    expect(await outcome(silent('05'), { contentSid })).toBe('delivered');
  });

  test('a list is never delivered, even with an approval', async () => {
    const contentSid = await content({
      'twilio/list-picker': { body: 'Pick', button: 'Open', items: [{ item: 'One', id: '1' }] },
    });
    await submit(contentSid, 'pick');
    expect(await outcome(silent('06'), { contentSid })).toBe('failed 63016');
  });

  test('a text is delivered once they have written to the sender', async () => {
    const reply = { channel: 'whatsapp', from: silent('07'), to: SENDER, text: 'Hi' };
    await fetch(`${sandbox.httpUrl}/replies/`, { method: 'POST', body: JSON.stringify(reply) });
    expect(await outcome(silent('07'), { body: 'Hello' })).toBe('delivered');
  });

  test('a text still fails after they have written to another sender', async () => {
    const reply = { channel: 'whatsapp', from: silent('08'), to: '+14155550100', text: 'Hi' };
    await fetch(`${sandbox.httpUrl}/replies/`, { method: 'POST', body: JSON.stringify(reply) });
    expect(await outcome(silent('08'), { body: 'Hello' })).toBe('failed 63016');
  });
});

describe('an approved template', () => {
  test('fails with a line break in a value', async () => {
    const contentVariables = JSON.stringify({ 1: 'two\nlines' });
    expect(await outcome('+14155550101', { contentSid: template('aaaa'), contentVariables })).toBe('failed 63013');
  });

  test('fails with more than 1,024 characters', async () => {
    const contentVariables = JSON.stringify({ 1: 'a'.repeat(1025) });
    expect(await outcome('+14155550101', { contentSid: template('aaaa'), contentVariables })).toBe('failed 63021');
  });
});

/** Where a message ends. */
async function outcome(
  number: string,
  what: { body: string } | { contentSid: string; contentVariables?: string },
): Promise<string> {
  const { messages } = twilioClient(sandbox);
  const { sid } = await messages.create({ to: `whatsapp:${number}`, from: `whatsapp:${SENDER}`, ...what });
  await expect.poll(async () => (await messages(sid).fetch()).status).toMatch(/^(delivered|failed)$/);
  const { status, errorCode } = await messages(sid).fetch();
  return errorCode === null ? status : `${status} ${errorCode}`;
}

async function content(types: object): Promise<string> {
  const { sid } = await postJson('/v1/Content', { language: 'en', types });
  return sid;
}

async function submit(sid: string, name: string): Promise<void> {
  await postJson(`/v1/Content/${sid}/ApprovalRequests/whatsapp`, { name, category: 'UTILITY' });
}

async function postJson(path: string, body: object): Promise<{ sid: string }> {
  const response = await fetch(sandbox.twilioBaseUrl + path, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { sid: string };
}
