import { createTransport } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BounceListener, startBounceListener } from '../../src/bounces/bounce-listener.ts';
import { bounceMail } from '../channels/bounce-mails.ts';
import { takenEmail } from '../support/emails-taken.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let listener: BounceListener;

const LISTEN = { host: '127.0.0.1', port: 0, returnPath: 'bounces@mail.example.com' };

beforeAll(async () => {
  service = await startService();
  listener = await startBounceListener(service.context, LISTEN);
});
afterAll(async () => {
  await listener.close();
  await service.close();
});

/** Brings a mail, as another mail server does: with the null sender. */
const bring = async (to: string, raw: Buffer, { port = listener.port, from = '' } = {}) => {
  const transporter = createTransport({ host: '127.0.0.1', port });
  try {
    return (await transporter.sendMail({ envelope: { from, to }, raw })).response;
  } finally {
    transporter.close();
  }
};
const returnPath = (tag: string) => `bounces+${tag}@mail.example.com`;
const deliveryStatus = async (id: string) =>
  (await service.request('GET', `/api/messages/${id}/`)).json.delivery_status;

test('a bounce is kept before it is answered', async () => {
  const email = await takenEmail(service);
  const response = await bring(returnPath(email.tag), bounceMail('postfix-unknown-user', email));
  expect([response, await deliveryStatus(email.id)]).toEqual([expect.stringMatching(/^250 /), 'bounced']);
});

test('the recipient of the envelope tells what came back, where nothing else does', async () => {
  const email = await takenEmail(service);
  const mail = bounceMail('postfix-unknown-user', { tag: 'f'.repeat(48), attemptId: 'unknown' });
  await bring(returnPath(email.tag.toUpperCase()), mail);
  expect(await deliveryStatus(email.id)).toBe('bounced');
});

test('a report to the return path without its tag is taken, and decides nothing', async () => {
  const email = await takenEmail(service);
  const response = await bring('bounces@mail.example.com', bounceMail('no-to-only-envelope-id', email));
  const { events } = (await service.request('GET', `/api/messages/${email.id}/`)).json;
  expect({ response, status: await deliveryStatus(email.id), last: events.at(-1) }).toMatchObject({
    ...{ response: expect.stringMatching(/^250 /), status: 'accepted', last: { type: 'unverified' } },
  });
});

test('a report that names no mail of ours is taken, and nothing of it is kept', async () => {
  const count = async () => (await service.db.selectFrom('receipts').select('id').execute()).length;
  const before = await count();
  const mail = bounceMail('no-to-only-envelope-id', { attemptId: crypto.randomUUID() });
  expect(await bring('bounces@mail.example.com', mail)).toMatch(/^250 /);
  expect(await count()).toBe(before);
});

test.each([
  ['somebody else', () => 'postmaster@mail.example.com'],
  ['another domain', () => 'bounces@example.com'],
  ['a tag that we did not sign', () => returnPath('f'.repeat(48))],
  ['a tag cut short', () => returnPath(service.context.links.returnPathTag(crypto.randomUUID()).slice(1))],
  ['a tag with more', () => returnPath(`${service.context.links.returnPathTag(crypto.randomUUID())}+x`)],
])('mail to %s is refused', async (_who, to) => {
  const bringing = bring(to(), bounceMail('postfix-unknown-user'));
  await expect(bringing).rejects.toMatchObject({ response: expect.stringMatching(/^550 5\.1\.1 /) });
});

test('a mail of a person is refused', async () => {
  const bringing = bring('bounces@mail.example.com', bounceMail('reply-of-a-person'), { from: 'ada@example.net' });
  await expect(bringing).rejects.toMatchObject({ response: expect.stringMatching(/^554 5\.6\.0 /) });
});

test('an automatic reply is taken and forgotten', async () => {
  const email = await takenEmail(service);
  const response = await bring(returnPath(email.tag), bounceMail('out-of-office', email));
  expect([response, await deliveryStatus(email.id)]).toEqual([expect.stringMatching(/^250 /), 'accepted']);
});

test('a mail over a megabyte is refused, and the connection goes on', async () => {
  const email = await takenEmail(service);
  const transporter = createTransport({ host: '127.0.0.1', port: listener.port, pool: true, maxConnections: 1 });
  const envelope = { from: '', to: returnPath(email.tag) };
  await expect(transporter.sendMail({ envelope, raw: Buffer.alloc(1_100_000, 'a\r\n') })).rejects.toMatchObject({
    response: expect.stringMatching(/^552 /),
  });
  const { response } = await transporter.sendMail({ envelope, raw: bounceMail('postfix-unknown-user', email) });
  transporter.close();
  expect(response).toMatch(/^250 /);
});

test('more recipients than a report has are refused', async () => {
  const to = Array.from({ length: 11 }, () => returnPath(service.context.links.returnPathTag(crypto.randomUUID())));
  const transporter = createTransport({ host: '127.0.0.1', port: listener.port });
  const { rejected } = await transporter.sendMail({ envelope: { from: '', to }, raw: bounceMail('postfix-delayed') });
  transporter.close();
  expect(rejected).toEqual(to.slice(10));
});

describe('the server offers', () => {
  test.each(['STARTTLS', 'AUTH'])('no %s', async (extension) => {
    const connection = new SMTPConnection({ host: '127.0.0.1', port: listener.port, ignoreTLS: true });
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.connect(() => resolve());
    });
    const offered = String(connection.lastServerResponse);
    connection.quit();
    expect(offered).not.toContain(extension);
  });
});

test('where the database is away, the other server is asked to come again', async () => {
  const away = await startService();
  const other = await startBounceListener(away.context, LISTEN);
  const tag = away.context.links.returnPathTag(crypto.randomUUID());
  await away.close();
  const bringing = bring(returnPath(tag), bounceMail('postfix-unknown-user', { tag }), { port: other.port });
  await expect(bringing).rejects.toMatchObject({ response: expect.stringMatching(/^451 4\.3\.0 /) });
  await other.close();
});

test('a port that is taken is an error at once', async () => {
  await expect(startBounceListener(service.context, { ...LISTEN, port: listener.port })).rejects.toThrow('EADDRINUSE');
});

test('closing does not wait for a client that only holds its connection', async () => {
  const other = await startBounceListener(service.context, LISTEN);
  const connection = new SMTPConnection({ host: '127.0.0.1', port: other.port });
  connection.on('error', () => undefined);
  await new Promise<void>((resolve) => connection.connect(() => resolve()));
  await other.close();
  await expect(bring(returnPath('x'), Buffer.from(''), { port: other.port })).rejects.toMatchObject({
    code: 'ESOCKET',
  });
});
