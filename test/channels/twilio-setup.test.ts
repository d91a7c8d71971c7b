import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../local/sandbox/start.ts';
import { checkTwilioSetup } from '../../src/channels/twilio-setup.ts';
import { ACCOUNT_SID, AUTH_TOKEN, startTestSandbox } from '../local/sandbox/sandbox-clients.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox();
});
afterAll(() => sandbox.close());

async function check(senders: readonly string[], more: { channel?: 'sms' | 'whatsapp'; authToken?: string } = {}) {
  const { channel = 'sms', authToken = AUTH_TOKEN } = more;
  const twilio = { accountSid: ACCOUNT_SID, authToken, baseUrl: sandbox.twilioBaseUrl, timeoutSeconds: 3 };
  return await checkTwilioSetup({ channel, twilio, senders });
}

test('an account that takes us, with its number and its service, is all right', async () => {
  const checks = await check(['+15005550006', `MG${'0'.repeat(32)}`]);
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual(['credentials ok', 'sender ok', 'sender ok']);
});

test('wrong credentials are wrong, and nothing more is asked', async () => {
  const checks = await check(['+15005550006'], { authToken: 'guessed' });
  expect(checks).toMatchObject([{ name: 'credentials', state: 'wrong', sentence: expect.stringContaining('TWILIO_') }]);
});

describe('what cannot be looked at is said, and stops nothing', () => {
  test.each([
    ['a name as sender', ['Keryu'], 'sms'],
    ['a WhatsApp sender', ['+14155238886'], 'whatsapp'],
  ] as const)('%s', async (_, senders, channel) => {
    expect((await check(senders, { channel }))[1]).toMatchObject({ name: 'sender', state: 'warning' });
  });
});
