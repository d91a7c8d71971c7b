import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../local/sandbox/start.ts';
import { ACCOUNT_SID, AUTH_TOKEN, startTestSandbox } from '../local/sandbox/sandbox-clients.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/bin/doctor.ts');

let sandbox: Sandbox;
/** Stands in for our own API. */
let api: Server;

beforeAll(async () => {
  sandbox = await startTestSandbox();
  api = createServer((_request, response) => response.end('{}'));
  await new Promise<void>((listening) => api.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  api.close();
  await sandbox.close();
});

/** Runs the command as an operator does, and gives its code and the findings: `channel name state`. */
async function doctor(more: Record<string, string> = {}): Promise<{ code: number; found: string[]; stdout: string }> {
  const key = randomBytes(32).toString('base64');
  const env = {
    ...{ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', ENCRYPTION_KEYS: `first:${key}`, LOOKUP_KEY: key },
    ...{ TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: AUTH_TOKEN, TWILIO_BASE_URL: sandbox.twilioBaseUrl },
    ...{ SMS_FROM: '+15005550006', WHATSAPP_FROM: '+14155238886', SMTP_URL: sandbox.smtpUrl },
    PUBLIC_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    ...more,
  };
  return await new Promise((done) => {
    execFile(process.execPath, [PROGRAM], { env }, (error, stdout) => {
      done({ code: error === null ? 0 : Number(error.code), found: findingsIn(stdout), stdout });
    });
  });
}

function findingsIn(stdout: string): string[] {
  let channel = '';
  return stdout.split('\n').flatMap((line) => {
    channel = /^\w+/.exec(line)?.[0] ?? channel;
    const [, state = '', name] = /^ {2}(ok|warning|WRONG) +(\w+):/.exec(line) ?? [];
    return name === undefined ? [] : [`${channel} ${name} ${state.toLowerCase()}`];
  });
}

test('the doctor looks at all that each channel needs, and ends well where nothing is wrong', async () => {
  const { code, found } = await doctor();
  expect(found.map((finding) => finding.replace(/ \w+$/, ''))).toEqual([
    ...['email credentials', 'email sender', 'email spf', 'email dkim', 'email dmarc', 'email webhooks'],
    ...['sms credentials', 'sms sender', 'sms webhooks'],
    ...['whatsapp credentials', 'whatsapp sender', 'whatsapp webhooks'],
  ]);
  expect([code, found.filter((finding) => finding.endsWith('wrong'))]).toEqual([0, []]);
});

test('the doctor ends with 1 where something is wrong, says what to do, and names no secret', async () => {
  const { code, found, stdout } = await doctor({ TWILIO_AUTH_TOKEN: 'guessed', PUBLIC_URL: 'http://127.0.0.1:9' });
  expect(code).toBe(1);
  expect(found).toEqual(
    expect.arrayContaining(['sms credentials wrong', 'sms webhooks wrong', 'email webhooks wrong']),
  );
  expect(stdout).toMatch(/TWILIO_AUTH_TOKEN[\s\S]*set PUBLIC_URL/);
  expect(stdout).not.toContain('guessed');
});

test('the doctor says which channels are not offered', async () => {
  const { stdout } = await doctor({ SMTP_URL: '' });
  expect(stdout).toContain('email: no credentials');
});
