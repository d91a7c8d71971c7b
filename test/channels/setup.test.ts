import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSetup } from '../../src/channels/setup.ts';

const ACCOUNT_SID = `AC${'0'.repeat(32)}`;

let server: Server;
let url: string;
const paths: string[] = [];

/** Stands in for Twilio and for our own API. */
beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    const answer = { status: 'active', type: 'Full', incoming_phone_numbers: [{ capabilities: { sms: true } }] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('texts and WhatsApp messages of one account ask for it once', async () => {
  const twilio = { accountSid: ACCOUNT_SID, authToken: 'token', baseUrl: url, timeoutSeconds: 3 };
  const sms = { twilio, senders: ['+15005550006'] };
  const whatsapp = { twilio, senders: ['+14155238886'] };
  const setups = await checkSetup({ publicUrl: url, email: null, sms, whatsapp });
  const credentials = setups.map(({ checks }) => checks.find(({ name }) => name === 'credentials')?.state);
  expect(credentials).toEqual([undefined, 'ok', 'ok']);
  expect(paths.filter((path) => path.endsWith(`/Accounts/${ACCOUNT_SID}.json`))).toHaveLength(1);
});
