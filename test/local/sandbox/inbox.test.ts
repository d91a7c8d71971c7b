import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { SENDER, sendMail, startTestSandbox, taken, twilioClient } from './sandbox-clients.ts';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startTestSandbox({ keepMessages: 3 });
});

afterEach(() => sandbox.close());

describe('the list of messages', () => {
  test('has the newest first', async () => {
    await text('+14155550101', 'first');
    await text('+14155550101', 'second');
    expect((await taken(sandbox)).map((message) => message.text)).toEqual(['second', 'first']);
  });

  test('can be narrowed to a channel', async () => {
    await text('+14155550101', 'a text');
    await sendMail(sandbox, 'ada@example.com');
    expect(await taken(sandbox, { channel: 'email' })).toMatchObject([{ to: 'ada@example.com' }]);
  });

  test('finds an email address in any case', async () => {
    await sendMail(sandbox, 'Ada@example.com');
    expect(await taken(sandbox, { to: 'aDA@EXAMPLE.com' })).toHaveLength(1);
  });

  test('finds a number although its plus sign was not escaped', async () => {
    await text('+14155550101', 'a text');
    const response = await fetch(`${sandbox.httpUrl}/messages/?to=+14155550101`);
    expect(await response.json()).toMatchObject({ results: [{ text: 'a text' }] });
  });

  test('says how many there are of one text for one address', async () => {
    await text('+14155550101', 'twice');
    await text('+14155550101', 'twice');
    await text('+14155550101', 'once');
    const query = new URLSearchParams({ to: '+14155550101', text: 'twice' });
    const response = await fetch(`${sandbox.httpUrl}/messages/?${query}`);
    expect(await response.json()).toMatchObject({ count: 2, results: [{ text: 'twice' }, { text: 'twice' }] });
  });

  test('is counted by address and text', async () => {
    await text('+14155550101', 'twice');
    await text('+14155550102', 'once');
    await text('+14155550101', 'twice');
    const response = await fetch(`${sandbox.httpUrl}/messages/tallies/`);
    expect(await response.json()).toEqual({
      results: [
        { channel: 'sms', to: '+14155550101', text: 'twice', count: 2 },
        { channel: 'sms', to: '+14155550102', text: 'once', count: 1 },
      ],
    });
  });

  test('keeps only as many messages as it was told', async () => {
    for (const body of ['1', '2', '3', '4', '5', '6']) await text('+14155550101', body);
    expect((await taken(sandbox)).map((message) => message.text)).toEqual(['6', '5', '4']);
  });

  test('is empty after it was deleted', async () => {
    await text('+14155550101', 'a text');
    await fetch(`${sandbox.httpUrl}/messages/`, { method: 'DELETE' });
    expect(await taken(sandbox)).toEqual([]);
  });
});

test('the page for people shows messages and escapes them', async () => {
  await sendMail(sandbox, 'ada@example.com', { subject: '<script>alert(1)</script>', html: '<b title="x">Hello</b>' });
  const page = await (await fetch(sandbox.httpUrl)).text();
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).toContain('srcdoc="&lt;b title=&quot;x&quot;&gt;Hello&lt;/b&gt;');
  expect(page).not.toContain('<script');
});

test('the page for people lists the addresses that misbehave', async () => {
  const page = await (await fetch(sandbox.httpUrl)).text();
  expect(page).toContain('<td>+150055541xx</td><td>Taken, but the first time the connection is reset.</td>');
});

test('the page for people has a form to answer a text, and none for a mail', async () => {
  await sendMail(sandbox, 'ada@example.com');
  await text('+14155550101', 'a text');
  const page = await (await fetch(sandbox.httpUrl)).text();
  expect(page.match(/action="\/replies\/"/g)).toHaveLength(1);
  expect(page).toContain('<input type="hidden" name="from" value="+14155550101">');
});

test('an unknown path is a 404', async () => {
  expect((await fetch(`${sandbox.httpUrl}/nothing/`)).status).toBe(404);
});

test('a port that is taken is an error', async () => {
  const httpPort = Number(new URL(sandbox.httpUrl).port);
  await expect(startTestSandbox({ httpPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

describe('closing', () => {
  test('ends what is hanging, slow or yet to be called back', async () => {
    const mailer = new URL(sandbox.smtpUrl);
    const idle = connect(Number(mailer.port), mailer.hostname).on('error', () => undefined);
    const pending = [
      sendMail(sandbox, 'hang@example.com'),
      sendMail(sandbox, 'slow-60@example.com'),
      text('+15005554301', 'never answered'),
    ];
    await text('+14155550101', 'a text', 'http://127.0.0.1:1/nobody-listens');
    await expect.poll(() => taken(sandbox, { channel: 'email' })).toHaveLength(1);

    const started = performance.now();
    await sandbox.close();
    expect(performance.now() - started).toBeLessThan(500);
    const outcomes = await Promise.allSettled(pending);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    idle.destroy();
  });
});

function text(to: string, body: string, statusCallback?: string) {
  const more = statusCallback === undefined ? {} : { statusCallback };
  return twilioClient(sandbox).messages.create({ to, from: SENDER, body, ...more });
}
