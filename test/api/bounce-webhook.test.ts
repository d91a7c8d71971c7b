import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bounceMail } from '../channels/bounce-mails.ts';
import { type TakenEmail, takenEmail } from '../support/emails-taken.ts';
import { type Service, startService } from '../support/service.ts';
import { EVERYWHERE } from './bodies.ts';
import { sendOff } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const PATH = '/api/webhooks/email/bounce/';
/** A tag that nobody has signed. */
const FORGED = 'f'.repeat(48);

const post = async (raw: Buffer | string, { url = PATH, type = 'message/rfc822', headers = {} } = {}) =>
  await service.request('POST', url, { key: null, raw, headers: { 'content-type': type, ...headers } });
const read = async (id: string) => (await service.request('GET', `/api/messages/${id}/`)).json;
const receiptsOf = async (id: string) =>
  (await read(id)).events.flatMap(({ type, detail }: Record<string, string>) => (type === 'receipt' ? [detail] : []));
const errorOf = async ({ attemptId }: TakenEmail) =>
  await service.db
    .selectFrom('attempts')
    .select(['error_code', 'error_kind', 'provider_message_id'])
    .where('id', '=', attemptId)
    .executeTakeFirst();
const isSuppressed = async (to: string) => {
  const { json } = await service.request('POST', '/api/suppressions/', {
    body: { channel: 'email', address: to, reason: 'asked by a test' },
  });
  return json.reason !== 'asked by a test';
};
const countReceipts = async () => (await service.db.selectFrom('receipts').select('id').execute()).length;

describe('a bounce with a tag that we signed', () => {
  test.each([
    ['postfix-unknown-user', 'bounced', 'unreachable', 'smtp_5.1.1'],
    ['gmail-over-quota', 'bounced', 'unreachable', 'smtp_5.2.2'],
    ['postfix-blocked', 'bounced', 'misconfigured', 'smtp_5.7.1'],
    ['too-big', 'bounced', 'rejected', 'smtp_5.3.4'],
    ['unclear-failure', 'bounced', 'unreachable', 'smtp_550'],
    ['yahoo-complaint', 'complained', 'opted_out', 'arf_abuse'],
  ])('moves its message forward and says why: %s', async (name, status, kind, code) => {
    const email = await takenEmail(service);
    expect((await post(bounceMail(name, email))).status).toBe(200);
    expect([(await read(email.id)).delivery_status, await receiptsOf(email.id), await errorOf(email)]).toMatchObject([
      status,
      [`${status} ${code}`],
      status === 'complained' ? {} : { error_code: code, error_kind: kind },
    ]);
  });

  test.each([
    ['postfix-unknown-user', true],
    ['aol-complaint', true],
    ['gmail-over-quota', false],
    ['postfix-no-domain', false],
    ['postfix-blocked', false],
    ['too-big', false],
    ['unclear-failure', false],
    ['unknown-notice', false],
    ['postfix-delayed', false],
  ])('suppresses its address only where the address, or the person, says so: %s', async (name, expected) => {
    const email = await takenEmail(service);
    await post(bounceMail(name, email));
    expect(await isSuppressed(email.to)).toBe(expected);
  });

  test('with a code that no table has is counted', async () => {
    const counted = async () => {
      const { text } = await service.request('GET', '/metrics');
      return Number(/^unknown_provider_codes_total\{channel="email"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const before = await counted();
    const mail = bounceMail('unclear-failure', await takenEmail(service)).toString();
    await post(Buffer.from(mail.replace('Status: 5.0.0', 'Status: 5.9.9').replace('550 Requ', '550 5.9.9 Requ')));
    expect(await counted()).toBe(before + 1);
  });

  test('suppresses a mailbox that is full for the third time', async () => {
    const to = 'full.box@example.net';
    for (let time = 0; time < 3; time += 1) await post(bounceMail('gmail-over-quota', await takenEmail(service, to)));
    expect(await isSuppressed(to)).toBe(true);
  });

  test('says that it was delivered, after which it cannot have bounced', async () => {
    const email = await takenEmail(service);
    await post(bounceMail('postfix-delivered', email));
    await post(bounceMail('postfix-unknown-user', email));
    expect([(await read(email.id)).delivery_status, await receiptsOf(email.id)]).toEqual(['delivered', ['delivered']]);
  });

  test.each(['postfix-delayed', 'list-expanded', 'unknown-notice'])('changes nothing: %s', async (name) => {
    const email = await takenEmail(service);
    const before = await countReceipts();
    await post(bounceMail(name, email));
    expect([(await read(email.id)).delivery_status, await countReceipts()]).toEqual(['accepted', before + 1]);
  });

  test.each([
    ['delayed', 'postfix-delayed', 'smtp_4.4.1'],
    ['relayed', 'list-expanded', 'smtp_2.0.0'],
  ])('says on the timeline once that its mail is %s', async (type, name, detail) => {
    const email = await takenEmail(service);
    const mail = bounceMail(name, email);
    await post(mail);
    await post(
      mail
        .toString()
        .replace('mx.example.com', 'mx2.example.com')
        .replace(/Status: 4\.4\.1/, 'Status: 4.2.0'),
    );
    const { events } = await read(email.id);
    const told = events.filter((event: { type: string }) => event.type === type);
    expect(told).toEqual([expect.objectContaining({ channel: 'email', detail, actor: 'email' })]);
  });

  test('is kept once, however often it comes', async () => {
    const email = await takenEmail(service);
    const mail = bounceMail('postfix-unknown-user', email);
    const answers = await Promise.all([post(mail), post(mail)]);
    const statuses = answers.map(({ status }) => status);
    expect([statuses, await receiptsOf(email.id)]).toEqual([[200, 200], ['bounced smtp_5.1.1']]);
  });

  test.each([
    ['the query', (recipient: string) => ({ url: `${PATH}?recipient=${encodeURIComponent(recipient)}` })],
    ['a header', (recipient: string) => ({ headers: { 'x-envelope-to': recipient } })],
  ])('may have it in %s only', async (_where, options) => {
    const email = await takenEmail(service);
    const mail = bounceMail('postfix-unknown-user', { tag: FORGED, attemptId: FORGED });
    await post(mail, options(`bounces+${email.tag}@mail.example.com`));
    expect((await read(email.id)).delivery_status).toBe('bounced');
  });

  test('leaves the Message-ID of its attempt as it is', async () => {
    const email = await takenEmail(service);
    await post(bounceMail('amazon-ses-unknown-user', email));
    expect(await errorOf(email)).toMatchObject({ provider_message_id: `<${email.attemptId}@example.com>` });
  });
});

describe('a bounce without such a tag', () => {
  test.each([
    ['its Message-ID', 'postfix-unknown-user'],
    ['its ENVID', 'no-to-only-envelope-id'],
  ])('finds its message by %s', async (_what, name) => {
    const email = await takenEmail(service);
    await post(bounceMail(name, { ...email, tag: FORGED }));
    expect((await read(email.id)).delivery_status).toBe('bounced');
  });

  test.each(['postfix-unknown-user', 'aol-complaint'])('suppresses nobody: %s', async (name) => {
    const email = await takenEmail(service);
    await post(bounceMail(name, { ...email, tag: FORGED }));
    expect(await isSuppressed(email.to)).toBe(false);
  });

  test('does not keep the sure one that comes after it from suppressing the address', async () => {
    const email = await takenEmail(service);
    await post(bounceMail('postfix-unknown-user', { ...email, tag: FORGED }));
    await post(bounceMail('aol-complaint', email));
    expect(await isSuppressed(email.to)).toBe(true);
  });

  test('that names no message of ours is kept, and answered like any other', async () => {
    const before = await countReceipts();
    const { status } = await post(bounceMail('postfix-unknown-user'));
    expect([status, await countReceipts()]).toEqual([200, before + 1]);
  });

  test('does not touch a text, whatever it names', async () => {
    const id = await service.sent({ recipient: EVERYWHERE, channel: 'sms', content: 'Hello' });
    const attemptId = await sendOff(service.db, id, 'SM00000000000000000000000000000001');
    const mail = bounceMail('postfix-unknown-user', { tag: FORGED, attemptId }).toString();
    await post(mail);
    await post(mail.replace(`<${attemptId}@example.com>`, 'SM00000000000000000000000000000001'));
    expect((await read(id)).delivery_status).toBe('accepted');
  });
});

test.each(['out-of-office', 'vacation-from-person', 'read-receipt'])(
  'an automatic reply is ignored: %s',
  async (name) => {
    const before = await countReceipts();
    const { status } = await post(bounceMail(name, await takenEmail(service)));
    expect([status, await countReceipts()]).toEqual([200, before]);
  },
);

test.each([
  ['a reply of a person', bounceMail('reply-of-a-person')],
  ['rubbish', Buffer.from([0, 255, 13, 10, 0])],
  ['nothing', ''],
])('%s is refused', async (_what, raw) => {
  const { status, json } = await post(raw);
  expect([status, json.code]).toEqual([400, 'not_a_bounce']);
});

test('a mail over a megabyte is refused', async () => {
  expect((await post(Buffer.alloc(1_000_001, 'a'))).status).toBe(413);
});

test.each(['application/json', 'multipart/form-data; boundary=b', 'image/png'])('%s is refused', async (type) => {
  expect((await post('{}', { type })).status).toBeOneOf([400, 415]);
});

test.each(['text/plain', 'application/octet-stream', 'message/rfc822; charset=utf-8'])('%s is taken', async (type) => {
  const email = await takenEmail(service);
  expect((await post(bounceMail('postfix-unknown-user', email), { type })).status).toBe(200);
});

test('a recipient that is longer than any address is refused', async () => {
  const url = `${PATH}?recipient=${'a'.repeat(600)}`;
  expect((await post(bounceMail('postfix-unknown-user'), { url })).status).toBe(400);
});

test('what came back is kept sealed', async () => {
  const email = await takenEmail(service);
  await post(bounceMail('postfix-unknown-user', email));
  const rows = await service.db.selectFrom('receipts').selectAll().where('attempt_id', '=', email.attemptId).execute();
  expect(JSON.stringify(rows.map((row) => ({ ...row, raw: row.raw_sealed?.toString('latin1') })))).not.toContain(
    'ada@',
  );
});
