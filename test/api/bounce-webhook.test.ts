import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOUNCE_MAILS, bounceMail } from '../channels/bounce-mails.ts';
import { type TakenEmail, takenEmail } from '../support/emails-taken.ts';
import { type Service, startService } from '../support/service.ts';
import { EVERYWHERE } from './bodies.ts';
import { refusal } from './refusals.ts';
import { STATES, sendOff, setMessage } from './states.ts';

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

describe('a report without such a tag', () => {
  const unverifiedOf = async (id: string) =>
    (await read(id)).events.flatMap(({ type, detail }: Record<string, string>) =>
      type === 'unverified' ? [detail] : [],
    );

  test.each([
    ['its Message-ID', 'postfix-unknown-user', 'hard smtp_5.1.1'],
    ['its ENVID', 'no-to-only-envelope-id', 'hard smtp_5.1.1'],
    ['its Message-ID', 'postfix-delivered', 'delivered smtp_2.0.0'],
    ['its Message-ID', 'gmail-over-quota', 'soft smtp_5.2.2'],
    ['its Message-ID', 'postfix-delayed', 'delayed smtp_4.4.1'],
    ['its Message-ID', 'aol-complaint', 'complaint arf_abuse'],
  ])('is on the timeline of the message that %s names, and decides nothing: %s', async (_what, name, detail) => {
    const email = await takenEmail(service);
    const before = await read(email.id);
    await post(bounceMail(name, { ...email, tag: FORGED }));
    const { events, ...after } = await read(email.id);
    expect(after).toEqual({ ...after, ...unchanged(before) });
    expect(await unverifiedOf(email.id)).toEqual([detail]);
    expect(events).toHaveLength(before.events.length + 1);
  });

  const unchanged = ({ status, delivery_status, waiting_for, error_code, delivered_at }: Record<string, unknown>) => ({
    ...{ status, delivery_status, waiting_for, error_code, delivered_at },
  });

  test.each(['postfix-unknown-user', 'postfix-delivered', 'aol-complaint'])(
    'tells nothing to the workflow of a message that waits for a receipt: %s',
    async (name) => {
      const email = await takenEmail(service);
      await setMessage(service.db, email.id, { until: 'delivered', escalate_after_seconds: 600 });
      await post(bounceMail(name, { ...email, tag: FORGED }));
      const receipts = service.db.selectFrom('receipts').select('id').where('attempt_id', '=', email.attemptId);
      expect(await receipts.execute()).toEqual([]);
    },
  );

  test.each(['postfix-unknown-user', 'aol-complaint'])('suppresses nobody: %s', async (name) => {
    const email = await takenEmail(service);
    await post(bounceMail(name, { ...email, tag: FORGED }));
    expect(await isSuppressed(email.to)).toBe(false);
  });

  test('is on the timeline four times at most, whatever it says and however often it comes', async () => {
    const email = await takenEmail(service);
    const before = await countReceipts();
    for (const name of BOUNCE_MAILS) {
      const mail = bounceMail(name, { ...email, tag: FORGED });
      await post(mail);
      await post(mail.toString().replaceAll(/5\.\d\.\d/g, '5.9.9'));
    }
    expect(await unverifiedOf(email.id)).toHaveLength(4);
    expect(await countReceipts()).toBe(before);
  });

  test('does not keep the sure one that comes after it from being believed', async () => {
    const email = await takenEmail(service);
    await post(bounceMail('postfix-unknown-user', { ...email, tag: FORGED }));
    await post(bounceMail('aol-complaint', email));
    expect(await isSuppressed(email.to)).toBe(true);
  });

  test.each(BOUNCE_MAILS)('that names no message of ours leaves nothing behind: %s', async (name) => {
    const ids = { attemptId: crypto.randomUUID(), tag: FORGED };
    const { written } = await refusal(service, 'POST', PATH, {
      ...{ key: null, raw: bounceMail(name, ids), headers: { 'content-type': 'message/rfc822' } },
    });
    expect(written).toEqual([]);
  });

  test('that names no message of ours is counted', async () => {
    await post(bounceMail('postfix-unknown-user', { attemptId: crypto.randomUUID(), tag: FORGED }));
    const { text } = await service.request('GET', '/metrics');
    expect(text).toMatch(/^receipts_total\{provider="email",result="unknown"\} \d+$/m);
  });

  test('of a message that has been deleted leaves nothing behind', async () => {
    const email = await takenEmail(service);
    await setMessage(service.db, email.id, { status: 'failed', error_code: 'cancelled', waiting_for: null });
    await service.request('DELETE', `/api/messages/${email.id}/`);
    const before = await countReceipts();
    await post(bounceMail('aol-complaint', { ...email, tag: FORGED }));
    await post(bounceMail('aol-complaint', email));
    expect(await countReceipts()).toBe(before);
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

describe('an alert that somebody has to confirm', () => {
  const alert = async () => {
    const email = await takenEmail(service);
    await setMessage(service.db, email.id, { until: 'acknowledged', escalate_after_seconds: 600, rounds: 3 });
    return email;
  };
  const toldOf = async ({ attemptId }: TakenEmail) => {
    const receipts = service.db.selectFrom('receipts').select('status').where('attempt_id', '=', attemptId);
    return (await receipts.execute()).map(({ status }) => status);
  };

  test.each([
    ['that carries our tag', (email: TakenEmail) => email],
    ['that only names the mail', (email: TakenEmail) => ({ ...email, tag: FORGED })],
  ])('ends by a complaint %s', async (_what, about) => {
    const email = await alert();
    await post(bounceMail('aol-complaint', about(email)));
    await post(bounceMail('yahoo-complaint', about(email)));
    expect(await toldOf(email)).toContain('complained');
  });

  test('ends by a complaint without a tag while no status and no address changes', async () => {
    const email = await alert();
    await post(bounceMail('aol-complaint', { ...email, tag: FORGED }));
    expect(await read(email.id)).toMatchObject({ status: 'sent', delivery_status: 'accepted' });
    expect(await isSuppressed(email.to)).toBe(false);
  });

  test.each(['postfix-delivered', 'postfix-unknown-user', 'list-expanded', 'unknown-notice'])(
    'goes on after any other report without a tag: %s',
    async (name) => {
      const email = await alert();
      await post(bounceMail(name, { ...email, tag: FORGED }));
      expect(await toldOf(email)).toEqual([]);
    },
  );

  test.each([
    'acknowledged by nobody and waiting for an operator',
    'failed',
    'cancelled',
    'waiting for a retry',
  ] as const)('that is %s is left alone by a complaint without a tag', async (state) => {
    const email = await alert();
    await setMessage(service.db, email.id, { status: 'pending', sent_at: null, ...STATES[state] });
    await post(bounceMail('aol-complaint', { ...email, tag: FORGED }));
    expect(await toldOf(email)).toEqual([]);
  });

  test('goes on after a complaint that guesses its Message-ID', async () => {
    const email = await alert();
    const guess = email.attemptId.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    await post(bounceMail('aol-complaint', { attemptId: guess, tag: FORGED }));
    expect(await toldOf(email)).toEqual([]);
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
