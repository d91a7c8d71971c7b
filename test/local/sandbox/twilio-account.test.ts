import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { checkTwilioSetup } from '../../../src/channels/twilio-setup.ts';
import { ACCOUNT_SID, AUTH_TOKEN, SENDER, startTestSandbox } from './sandbox-clients.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox();
});
afterAll(() => sandbox.close());

/** What `npm run doctor` says of a sender. */
async function stateOf(sender: string): Promise<string | undefined> {
  const twilio = {
    ...{ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, baseUrl: sandbox.twilioBaseUrl, timeoutSeconds: 3 },
  };
  const checks = await checkTwilioSetup({ channel: 'sms', twilio, senders: [sender] });
  return checks.find(({ name }) => name === 'sender')?.state;
}

test.each([
  ['a number of the account', SENDER, 'ok'],
  ['a number of somebody else', '+15005550007', 'wrong'],
  ['a number that can only call', '+15005550011', 'wrong'],
  ['a Messaging Service', `MG${'0'.repeat(32)}`, 'ok'],
  ['a Messaging Service that does not exist', `MG${'0001'.padStart(32, '0')}`, 'wrong'],
])('%s is found as it is', async (_what, sender, state) => {
  expect(await stateOf(sender)).toBe(state);
});
