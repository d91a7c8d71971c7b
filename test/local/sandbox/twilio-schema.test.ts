import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { ARE_DESCRIPTIONS_HERE, type DescriptionName, faultsOf } from './published-description.ts';
import { ACCOUNT_SID, AUTH_TOKEN, SENDER, startTestSandbox } from './sandbox-clients.ts';

const ACCOUNT = `/2010-04-01/Accounts/${ACCOUNT_SID}`;
const ACCOUNTS = '/2010-04-01/Accounts/{AccountSid}';
const SERVICE_SID = `MG${'0'.repeat(32)}`;

interface Call {
  readonly api: DescriptionName;
  readonly method?: 'get' | 'post' | 'delete';
  /** As the description has it. */
  readonly path: string;
  /** As it is called. */
  readonly url: string;
  readonly body?: string | URLSearchParams;
  /** 200 where it is not given. */
  readonly status?: number;
}

describe.runIf(ARE_DESCRIPTIONS_HERE)('by the descriptions that Twilio publishes', () => {
  let sandbox: Sandbox;
  let messageSid: string;
  let failedSid: string;
  let contentSid: string;

  beforeAll(async () => {
    sandbox = await startTestSandbox({ callbackDelayMs: 1, priceDelayMs: 0 });
    messageSid = await sidOf(`${ACCOUNT}/Messages.json`, message('+14155550101'));
    failedSid = await sidOf(`${ACCOUNT}/Messages.json`, message('+15005553001'));
    contentSid = await sidOf('/v1/Content', CONTENT);
    await vi.waitUntil(async () => (await statusOf(messageSid)) === 'delivered');
    await vi.waitUntil(async () => (await statusOf(failedSid)) === 'undelivered');
  });

  afterAll(() => sandbox.close());

  test.each<[what: string, call: () => Call]>([
    ['a message that was taken', () => ({ ...messages('post'), status: 201, body: message('+14155550102') })],
    ['a message that waits for its time', () => ({ ...messages('post'), status: 201, body: scheduled() })],
    ['a message with its price', () => oneMessage('get', messageSid)],
    ['a message that failed', () => oneMessage('get', failedSid)],
    ['a message whose body was taken away', () => ({ ...oneMessage('post', messageSid), body: form({ Body: '' }) })],
    ['a page of messages', () => ({ ...messages('get'), url: `${ACCOUNT}/Messages.json?PageSize=1` })],
    [
      'the account',
      () => ({ api: 'twilio_api_v2010', path: '/2010-04-01/Accounts/{Sid}.json', url: `${ACCOUNT}.json` }),
    ],
    [
      'the numbers of the account',
      () => ({
        api: 'twilio_api_v2010',
        path: `${ACCOUNTS}/IncomingPhoneNumbers.json`,
        url: `${ACCOUNT}/IncomingPhoneNumbers.json?PhoneNumber=${encodeURIComponent(SENDER)}`,
      }),
    ],
    ['a content that was made', () => ({ ...contents(), method: 'post', status: 201, body: CONTENT })],
    ['a page of contents', () => contents()],
    ['a page of contents in the second version', () => ({ ...contents('v2') })],
    ['a content', () => oneContent('/v1/Content/{Sid}', contentSid)],
    [
      'a content that was submitted',
      () => ({
        ...oneContent('/v1/Content/{ContentSid}/ApprovalRequests/whatsapp', contentSid),
        ...{ method: 'post', status: 201, body: JSON.stringify({ name: 'hello', category: 'UTILITY' }) },
      }),
    ],
    ['an approval', () => oneContent('/v1/Content/{Sid}/ApprovalRequests', contentSid)],
    [
      'an approval of what was never made',
      () => oneContent('/v1/Content/{Sid}/ApprovalRequests', `HX${'a'.repeat(32)}`),
    ],
    ['a Messaging Service', () => service('/v1/Services/{Sid}')],
    ['the numbers of a Messaging Service', () => service('/v1/Services/{ServiceSid}/PhoneNumbers')],
    ['a message that was deleted', () => ({ ...oneMessage('delete', failedSid), status: 204 })],
    [
      'a content that was deleted',
      () => ({ ...oneContent('/v1/Content/{Sid}', contentSid), method: 'delete', status: 204 }),
    ],
  ])('%s has exactly the properties that it should have', async (_what, call) => {
    const { api, method = 'get', path, url, body, status = 200 } = call();
    const answer = await request(method, url, body);
    expect(answer.status).toBe(status);
    expect(faultsOf(api, [method, path, status], answer.json)).toEqual([]);
  });

  async function request(method: string, url: string, body?: string | URLSearchParams) {
    const response = await fetch(sandbox.twilioBaseUrl + url, {
      method: method.toUpperCase(),
      headers: { authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` },
      body: body ?? null,
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) };
  }

  async function sidOf(url: string, body: string | URLSearchParams): Promise<string> {
    return String((await request('post', url, body)).json?.['sid']);
  }

  async function statusOf(sid: string): Promise<unknown> {
    return (await request('get', `${ACCOUNT}/Messages/${sid}.json`)).json?.['status'];
  }
});

const CONTENT = JSON.stringify({
  ...{ friendly_name: 'hello', language: 'en', variables: { 1: 'Ada' } },
  types: { 'twilio/quick-reply': { body: 'Hello {{1}}', actions: [{ id: 'yes', title: 'Yes' }] } },
});

function form(parameters: Record<string, string>): URLSearchParams {
  return new URLSearchParams(parameters);
}

function message(to: string): URLSearchParams {
  return form({ To: to, From: SENDER, Body: 'A text.' });
}

function scheduled(): URLSearchParams {
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  return form({
    ...{ To: '+14155550103', MessagingServiceSid: SERVICE_SID, Body: 'Later.' },
    ...{ ScheduleType: 'fixed', SendAt: sendAt },
  });
}

function messages(method: 'get' | 'post'): Call {
  return { api: 'twilio_api_v2010', method, path: `${ACCOUNTS}/Messages.json`, url: `${ACCOUNT}/Messages.json` };
}

function oneMessage(method: 'get' | 'post' | 'delete', sid: string): Call {
  const path = `${ACCOUNTS}/Messages/{Sid}.json`;
  return { api: 'twilio_api_v2010', method, path, url: `${ACCOUNT}/Messages/${sid}.json` };
}

function contents(version: 'v1' | 'v2' = 'v1'): Call {
  const path = `/${version}/Content`;
  return { api: version === 'v1' ? 'twilio_content_v1' : 'twilio_content_v2', path, url: path };
}

function oneContent(path: string, sid: string): Call {
  return { api: 'twilio_content_v1', path, url: path.replace(/\{\w+\}/, sid) };
}

function service(path: string): Call {
  return { api: 'twilio_messaging_v1', path, url: path.replace(/\{\w+\}/, SERVICE_SID) };
}
