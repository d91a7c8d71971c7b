import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bounceMail } from '../channels/bounce-mails.ts';
import { quietPort } from '../support/quiet-port.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';

let stack: TestStack;
let smtpPort: number;

beforeAll(async () => {
  smtpPort = await quietPort();
  stack = await startTestStack({ env: { BOUNCE_SMTP_PORT: String(smtpPort) } });
});

afterAll(async () => await stack.close());

const content = 'The gate has changed to B12.';
const EMAIL = { channel: 'email' as const, fallback_channels: ['sms' as const], subject: 'Gate', content };
const channels = ({ attempts }: MessageJson) => attempts.map(({ channel }) => channel);
const wentBySms = ({ attempts }: MessageJson) =>
  attempts.some(({ channel, outcome }) => channel === 'sms' && outcome === 'accepted');

test.concurrent('an email that comes back goes by text, and the next one does not try the address again', async () => {
  const recipient = { email: 'bounce+journey@example.com', phone: '+15005550077' };
  const first = await stack.until((await stack.send({ ...EMAIL, recipient })).id, wentBySms);
  expect(first.attempts).toMatchObject([
    { channel: 'email', error_code: 'smtp_5.1.1' },
    { channel: 'sms', outcome: 'accepted' },
  ]);
  const second = await stack.until((await stack.send({ ...EMAIL, recipient })).id, wentBySms);
  expect(await stack.taken(recipient.email)).toHaveLength(1);
  expect(channels(second).filter((channel) => channel === 'sms')).toHaveLength(1);
});

test.concurrent('a complaint sends nothing more for its email, and the next one goes by text', async () => {
  const recipient = { email: 'complain+journey@example.com', phone: '+15005550078' };
  const { id } = await stack.send({ ...EMAIL, recipient });
  const first = await stack.until(id, ({ delivery_status }) => delivery_status === 'complained');
  expect(channels(first)).toEqual(['email']);
  await stack.until((await stack.send({ ...EMAIL, recipient })).id, wentBySms);
  expect(await stack.taken(recipient.email)).toHaveLength(1);
});

/** Brings a report about an attempt to the listener, as a mail server does: with the null sender. */
async function bring(to: string, name: string, attemptId: string): Promise<void> {
  const transporter = createTransport({ host: '127.0.0.1', port: smtpPort });
  await transporter.sendMail({ envelope: { from: '', to }, raw: bounceMail(name, { attemptId, tag: 'f'.repeat(48) }) });
  transporter.close();
}
const attemptOf = ({ attempts }: MessageJson) => /^<([^@]+)@/.exec(attempts[0]?.provider_message_id ?? '')?.[1] ?? '';

test.concurrent('a bounce that a mail server brings by SMTP sends the message on its way by text', async () => {
  const recipient = { email: 'ada+journey@example.com', phone: '+15005550079' };
  const { id } = await stack.send({ ...EMAIL, recipient });
  const attemptId = attemptOf(await stack.until(id, isSent));
  const [taken] = await stack.taken(recipient.email);
  await bring(taken?.envelope?.mail_from ?? '', 'no-to-only-envelope-id', attemptId);
  expect(channels(await stack.until(id, wentBySms))).toEqual(['email', 'sms']);
});

test.concurrent('an alert whose email is called spam goes no further, also where the complaint has no tag', async () => {
  const recipient = { email: 'grace+journey@example.com', phone: '+15005550076' };
  const until = { until: 'acknowledged' as const, escalate_after: 600, rounds: 2 };
  const { id } = await stack.send({ ...EMAIL, ...until, recipient });
  const attemptId = attemptOf(await stack.until(id, isSent));
  await bring('bounces@localhost.localdomain', 'aol-complaint', attemptId);
  const ended = await stack.until(id, ({ waiting_for }) => waiting_for === 'operator');
  expect(ended).toMatchObject({ status: 'sent', error_code: 'not_acknowledged', delivery_status: 'accepted' });
  expect(channels(ended)).toEqual(['email']);
});
