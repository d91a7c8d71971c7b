import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  const limits = { SMS_COST_LIMIT: '1', SMS_COST_LIMIT_PER_DAY: '1', SMS_SENDERS: 'DE=Keryu' };
  stack = await startTestStack({ env: { SMS_PRICES: 'US:0.0079 DE:0.08', ...limits } });
});

afterAll(async () => await stack.close());

/** Makes the bills of all messages due, and has the schedule run now, not within the next minutes. */
async function bringBillsForward(): Promise<void> {
  const database = new pg.Client(stack.databaseUrl);
  await database.connect();
  await database.query('update attempts set bill_check_at = now() where bill_check_at is not null');
  await database.end();
  const connection = await Connection.connect({ address: stack.temporalAddress });
  await new Client({ connection }).schedule.getHandle('fetchBills').trigger();
  await connection.close();
}

test('a text shows what it will cost, and then what it has cost', async () => {
  const phone = '+4930901820';
  const { id } = await stack.send({ recipient: { phone }, channel: 'sms', content: 'Hello' });
  expect(await stack.until(id, isSent)).toMatchObject({
    ...{ cost: { amount: '0.08', currency: 'USD', final: false }, segments: 1 },
  });
  await stack.until(id, ({ delivery_status }) => delivery_status === 'delivered');
  await bringBillsForward();
  const billed = await stack.until(id, ({ cost }) => cost?.final === true);
  const bill = { amount: '0.0075', currency: 'USD', final: true };
  expect(billed).toMatchObject({ cost: bill, attempts: [{ cost: bill }] });
});

test('a text to a country with a sender of its own comes from that one', async () => {
  const phone = '+4930901821';
  const { id } = await stack.send({ recipient: { phone }, channel: 'sms', content: 'Hello' });
  await stack.until(id, isSent);
  expect(await stack.taken(phone, 'sms')).toMatchObject([{ from: 'Keryu' }]);
});
