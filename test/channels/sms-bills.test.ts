import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../local/sandbox/start.ts';
import { createSmsChannel } from '../../src/channels/sms.ts';
import { createTwilioBills } from '../../src/channels/twilio-bills.ts';
import { outgoingMessage } from './outgoing-message.ts';
import { recordRequests } from './recorded-requests.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a-secret-token' };
const SID = `SM${'0'.repeat(32)}`;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ httpPort: 0, smtpPort: 0, callbackDelayMs: 1, ...ACCOUNT });
});
afterAll(() => sandbox.close());

function billsAt(baseUrl: string) {
  const bills = createTwilioBills({ ...ACCOUNT, baseUrl, timeoutSeconds: 1 });
  onTestFinished(() => bills.close());
  return bills;
}

/** What is made of what Twilio says of a message. */
async function billOf(message: object) {
  const { baseUrl } = await recordRequests({ sid: SID, price_unit: 'USD', num_segments: '2', ...message }, 200);
  return await billsAt(baseUrl).fetchBill(SID);
}

test('the bill of a text is known some time after it was sent', async () => {
  const twilio = { ...ACCOUNT, baseUrl: sandbox.twilioBaseUrl, timeoutSeconds: 1 };
  const sms = createSmsChannel({ twilio, from: '+15005550006', publicUrl: 'http://127.0.0.1:9' });
  onTestFinished(() => sms.close());
  const { providerMessageId } = await sms.send(outgoingMessage({ to: '+4915112345601' }));
  const bills = billsAt(sandbox.twilioBaseUrl);
  await expect
    .poll(() => bills.fetchBill(providerMessageId))
    .toEqual({ cost: { amount: '0.0075', currency: 'USD' }, segments: 1 });
});

test.each([
  ['-0.00750', '0.0075'],
  ['-0.10000', '0.1'],
  ['-1.00000', '1'],
  ['-10', '10'],
  ['0.00000', '0'],
])('a price of %s is a cost of %s', async (price, amount) => {
  expect((await billOf({ price })).cost).toEqual({ amount, currency: 'USD' });
});

test('a price that is not known yet is none', async () => {
  expect(await billOf({ price: null, price_unit: null })).toEqual({ cost: null, segments: 2 });
});

test('segments that are not known yet are none', async () => {
  expect((await billOf({ price: '-0.1', num_segments: '0' })).segments).toBeNull();
});

test('a message that Twilio does not know fails with its code', async () => {
  const asking = billsAt(sandbox.twilioBaseUrl).fetchBill(SID);
  await expect(asking).rejects.toMatchObject({ name: 'DeliveryFailure', code: 'twilio_20404' });
});

test('a Twilio that does not answer is a failure of delivery too, which says that it may be asked again', async () => {
  await expect(billsAt('http://127.0.0.1:9').fetchBill(SID)).rejects.toMatchObject({ name: 'DeliveryFailure' });
});
