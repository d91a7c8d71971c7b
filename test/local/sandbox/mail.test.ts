import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAIL_RULES } from '../../../local/sandbox/magic.ts';
import type { Sandbox } from '../../../local/sandbox/start.ts';
import { type PostReceiver, sendMail, startPostReceiver, startTestSandbox, taken } from './sandbox-clients.ts';

let sandbox: Sandbox;
let bounces: PostReceiver;

beforeAll(async () => {
  bounces = await startPostReceiver();
  sandbox = await startTestSandbox({ bounceUrl: `${bounces.url}/bounce/` });
});

afterAll(async () => {
  await sandbox.close();
  await bounces.close();
});

describe('an ordinary mail', () => {
  test('is taken and shown with its content', async () => {
    await sendMail(sandbox, 'Ada <ada@example.com>', {
      subject: 'Grüße',
      text: 'Ein Text.',
      html: '<p>Ein Text.</p>',
      headers: { 'X-Tag': 'seven' },
      attachments: [{ filename: 'note.txt', content: 'twelve bytes' }],
    });
    expect(await taken(sandbox, { to: 'ada@example.com' })).toEqual([
      {
        id: expect.any(String),
        channel: 'email',
        to: 'ada@example.com',
        from: 'sender@example.com',
        subject: 'Grüße',
        text: expect.stringContaining('Ein Text.'),
        html: expect.stringContaining('<p>Ein Text.</p>'),
        attachments: [{ filename: 'note.txt', content_type: 'text/plain', size: 12 }],
        choices: [],
        envelope: expect.objectContaining({ mail_from: 'sender@example.com', rcpt_to: 'ada@example.com' }),
        headers: expect.objectContaining({ 'x-tag': 'seven', 'message-id': expect.stringMatching(/^<.+>$/) }),
        received_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
  });

  test('is shown with the parameters of its envelope', async () => {
    const to = 'envelope@example.com';
    const dsn = { id: 'envelope-8', return: 'headers', notify: ['failure', 'delay'], recipient: to } as const;
    await sendMail(sandbox, to, { envelope: { from: 'bounce+8@example.com', to }, dsn });
    const [mail] = await taken(sandbox, { to });
    expect(mail?.envelope).toEqual({
      ...{ mail_from: 'bounce+8@example.com', rcpt_to: to, envid: 'envelope-8', ret: 'HDRS' },
      ...{ notify: 'FAILURE,DELAY', orcpt: expect.stringContaining(to) },
    });
  });

  test('can be had as it came', async () => {
    await sendMail(sandbox, 'raw@example.com', { messageId: '<raw@example.com>' });
    const [mail] = await taken(sandbox, { to: 'raw@example.com' });
    const response = await fetch(`${sandbox.httpUrl}/messages/${mail?.id}/raw`);
    expect(response.headers.get('content-type')).toBe('message/rfc822');
    const raw = await response.text();
    expect(raw).toContain('\r\nMessage-ID: <raw@example.com>\r\n');
    expect(raw).toContain('\r\n\r\nA text.');
  });

  test('that is not there cannot be had', async () => {
    expect((await fetch(`${sandbox.httpUrl}/messages/nothing/raw`)).status).toBe(404);
  });

  test('is shown once for each of its recipients', async () => {
    await sendMail(sandbox, 'one@example.com, two@example.com', { subject: 'For two' });
    expect((await taken(sandbox)).filter(({ subject }) => subject === 'For two')).toHaveLength(2);
  });

  test('may go to an address that is not ASCII', async () => {
    await sendMail(sandbox, 'jürgen@example.com');
    expect(await taken(sandbox, { to: 'jürgen@example.com' })).toHaveLength(1);
  });

  test('is refused with 552 5.3.4 where it is larger than the server allows', async () => {
    const content = Buffer.alloc(30_000_000);
    const sending = sendMail(sandbox, 'large@example.com', { attachments: [{ content }] });
    await expect(sending).rejects.toMatchObject({ response: expect.stringMatching(/^552 /) });
  });
});

describe('logging in', () => {
  test('works with any password', async () => {
    const info = await sendMail(sandbox, 'login@example.com', {}, { auth: { user: 'me', pass: 'anything' } });
    expect(info.accepted).toEqual(['login@example.com']);
  });

  test('is refused with 535 5.7.8 for the password "wrong"', async () => {
    const sending = sendMail(sandbox, 'login@example.com', {}, { auth: { user: 'me', pass: 'wrong' } });
    await expect(sending).rejects.toMatchObject({ code: 'EAUTH', response: expect.stringMatching(/^535 5\.7\.8 /) });
  });
});

/** What each row of the table has to do, for an address of its own. */
const EXPECTATIONS: Record<string, () => Promise<void>> = {
  unknown: () => expectRefusal('unknown+t@example.com', 'EENVELOPE', '550 5.1.1 '),
  disabled: () => expectRefusal('disabled+t@example.com', 'EENVELOPE', '550 5.2.1 '),
  full: () => expectRefusal('full+t@example.com', 'EENVELOPE', '452 4.2.2 '),
  greylist: async () => {
    await expectRefusal('greylist+t@example.com', 'EENVELOPE', '451 4.7.1 ');
    await expectRefusal('greylist+t@example.com', 'EENVELOPE', '451 4.7.1 ');
  },
  busy: () => expectRefusal('busy+t@example.com', 'ECONNECTION', '421 4.3.2 '),
  'fail-N': async () => {
    await expectRefusal('fail-2+t@example.com', 'EENVELOPE', '451 4.3.0 ');
    await expectRefusal('fail-2+t@example.com', 'EENVELOPE', '451 4.3.0 ');
    await sendMail(sandbox, 'fail-2+t@example.com');
    await expectTaken('fail-2+t@example.com', 1);
  },
  spam: () => expectRefusal('spam+t@example.com', 'EMESSAGE', '554 5.7.1 '),
  'too-big': () => expectRefusal('too-big+t@example.com', 'EMESSAGE', '552 5.3.4 '),
  'slow-N': async () => {
    const started = performance.now();
    await sendMail(sandbox, 'slow-1+t@example.com');
    expect(performance.now() - started).toBeGreaterThan(1000);
    await expectTaken('slow-1+t@example.com', 1);
  },
  hang: async () => {
    const sending = sendMail(sandbox, 'hang+t@example.com', {}, { socketTimeout: 500 });
    await expect(sending).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expectTaken('hang+t@example.com', 0);
  },
  drop: async () => {
    await expect(sendMail(sandbox, 'drop+t@example.com')).rejects.toMatchObject({ code: 'ECONNECTION' });
    await sendMail(sandbox, 'drop+t@example.com');
    await expectTaken('drop+t@example.com', 2);
  },
  bounce: async () => {
    await sendMail(sandbox, 'bounce+t@example.com', {
      envelope: { from: 'bounce+7@example.org', to: 'bounce+t@example.com' },
    });
    await expectTaken('bounce+t@example.com', 1);
    await expect.poll(() => bounces.posts.filter(({ body }) => body.includes('bounce+7@example.org'))).toHaveLength(1);
  },
  complain: async () => {
    await sendMail(sandbox, 'complain+t@example.com', {
      envelope: { from: 'bounce+8@example.org', to: 'complain+t@example.com' },
    });
    await expectTaken('complain+t@example.com', 1);
    await expect
      .poll(() => bounces.posts.find(({ body }) => body.includes('bounce+8@example.org')))
      .toMatchObject({
        body: expect.stringContaining('\r\nFeedback-Type: abuse\r\n'),
      });
  },
};

describe('magic addresses', () => {
  test.each(MAIL_RULES)('$localPart: $sentence', async ({ localPart }) => {
    expect.hasAssertions();
    await EXPECTATIONS[localPart]?.();
  });

  test('are the same in any case', async () => {
    await expectRefusal('Unknown@example.com', 'EENVELOPE', '550 5.1.1 ');
  });

  test('count for each +tag on its own', async () => {
    await expectRefusal('fail-1+first@example.com', 'EENVELOPE', '451 4.3.0 ');
    await expectRefusal('fail-1+second@example.com', 'EENVELOPE', '451 4.3.0 ');
  });

  test('that only resemble one are ordinary', async () => {
    await sendMail(sandbox, 'unknown.person@example.com');
    await expectTaken('unknown.person@example.com', 1);
  });
});

test('a bounce notice is a delivery status report that names the envelope, the recipient and the mail', async () => {
  await sendMail(sandbox, 'bounce+notice@example.com', {
    messageId: '<original@example.com>',
    dsn: { id: 'envelope-7', return: 'headers', notify: 'failure', recipient: 'bounce+notice@example.com' },
  });
  const find = () => bounces.posts.find(({ body }) => body.includes('bounce+notice@example.com'));
  await expect.poll(find).toMatchObject({ path: '/bounce/', headers: { 'content-type': 'message/rfc822' } });
  const notice = await PostalMime.parse(find()?.body ?? '', { attachmentEncoding: 'utf8' });
  expect(notice.to).toMatchObject([{ address: 'sender@example.com' }]);
  expect(notice.attachments.find(({ mimeType }) => mimeType === 'message/delivery-status')?.content).toMatch(
    /Original-Envelope-Id: envelope-7\r?\n\r?\n(Original-Recipient: .*\r?\n)?Final-Recipient: rfc822; bounce\+notice@example\.com\r?\nAction: failed\r?\nStatus: 5\.1\.1\r?\n/,
  );
  expect(notice.attachments.find(({ mimeType }) => mimeType === 'text/rfc822-headers')?.content).toContain(
    'Message-ID: <original@example.com>',
  );
});

async function expectRefusal(to: string, code: string, response: string): Promise<void> {
  await expect(sendMail(sandbox, to)).rejects.toMatchObject({
    code,
    response: expect.stringContaining(response),
  });
  await expectTaken(to, 0);
}

async function expectTaken(to: string, count: number): Promise<void> {
  expect(await taken(sandbox, { to })).toHaveLength(count);
}
