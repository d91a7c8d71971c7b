import { startSandbox } from './start.ts';

/*
 * The sandbox as a process of its own: `node local/sandbox/main.ts`. It reads TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN,
 * which it asks its callers for, and PUBLIC_URL, where it reports to. SANDBOX_HOST, SANDBOX_PORT and SANDBOX_SMTP_PORT
 * say where it listens; SANDBOX_API_URL says where the service answers if that is not its public URL.
 */

const {
  PUBLIC_URL: publicUrl = 'http://127.0.0.1:8080',
  SANDBOX_API_URL: apiUrl,
  SANDBOX_HOST: host = '127.0.0.1',
  SANDBOX_PORT: httpPort = '8090',
  SANDBOX_SMTP_PORT: smtpPort = '2525',
  TWILIO_ACCOUNT_SID: accountSid,
  TWILIO_AUTH_TOKEN: authToken,
} = process.env;

if (!accountSid || !authToken) {
  fail('The sandbox needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: the same ones that the service has.');
}
const base = publicUrl.replace(/\/+$/, '');
const sandbox = await startSandbox({
  host,
  httpPort: Number(httpPort),
  smtpPort: Number(smtpPort),
  accountSid,
  authToken,
  bounceUrl: `${base}/api/webhooks/email/bounce/`,
  inboundUrl: `${base}/api/webhooks/twilio/inbound/`,
  reach: apiUrl ? { publicUrl: base, at: apiUrl.replace(/\/+$/, '') } : null,
}).catch((error: unknown) => fail(`The sandbox could not start: ${error instanceof Error ? error.message : error}.`));
tell('info', `The sandbox listens: ${sandbox.httpUrl}/ and ${sandbox.smtpUrl}.`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void sandbox.close().finally(() => process.exit(0)));
}

/** A line of JSON, as api and worker write them. */
function tell(level: 'info' | 'fatal', msg: string): void {
  console.log(JSON.stringify({ level, time: Date.now(), service: 'sandbox', msg }));
}

function fail(sentence: string): never {
  tell('fatal', sentence);
  process.exit(1);
}
