import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { authenticate } from 'mailauth';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerAddress, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChannelAdapter, OutgoingMessage } from '../../src/channels/channel.ts';
import { createEmailChannel, type EmailOptions } from '../../src/channels/email.ts';
import { outgoingMessage } from './outgoing-message.ts';

/** What a mail server has taken. */
interface Taken {
  readonly raw: Buffer;
  readonly from: SMTPServerAddress | false;
  readonly to: SMTPServerAddress[];
}

let closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  closers = [];
});

/** A mail server, and an adapter that sends to it. */
async function startMail(options: Partial<EmailOptions> = {}, serverOptions: SMTPServerOptions = {}) {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'], hideDSN: false, disableReverseLookup: true },
    onData: (stream, session, done) => {
      void buffer(stream).then((raw) => {
        taken.push({ raw, from: session.envelope.mailFrom, to: session.envelope.rcptTo });
        done();
      });
    },
    ...serverOptions,
  });
  const listening = await new Promise<{ address(): unknown }>((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => resolve(listener));
  });
  const { port } = listening.address() as { port: number };
  const smtpUrl = `smtp://${options.smtpUrl ?? ''}127.0.0.1:${port}`;
  const email = createEmailChannel({
    from: 'Keryu <no-reply@mail.example.com>',
    timeoutSeconds: 3,
    ...options,
    smtpUrl,
  });
  closers.push(
    () => new Promise<void>((resolve) => server.close(() => resolve())),
    () => email.close(),
  );
  return { email, taken };
}

async function sendOne(
  message: OutgoingMessage,
  options: Partial<EmailOptions> = {},
): Promise<Taken & { mail: Email }> {
  const { email, taken } = await startMail(options);
  return await arrive(email, taken, message);
}

async function arrive(email: ChannelAdapter, taken: Taken[], message: OutgoingMessage) {
  await email.send(message);
  const last = taken.at(-1);
  if (last === undefined) throw new Error('The mail has not arrived.');
  return { ...last, mail: await PostalMime.parse(last.raw) };
}

function header(mail: Email, name: string): string | undefined {
  return mail.headers.find(({ key }) => key === name)?.value;
}

const TO = { to: 'ann@example.com' };

describe('a mail that can be unsubscribed from', () => {
  const message = outgoingMessage({ ...TO, unsubscribeUrl: `https://messages.example.com/u/${'a'.repeat(90)}` });

  test('says where with one click (RFC 8058)', async () => {
    const { mail } = await sendOne(message);
    expect(header(mail, 'list-unsubscribe')).toBe(`<${message.unsubscribeUrl}>`);
    expect(header(mail, 'list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
  });

  test('has the address on one line', async () => {
    const { raw } = await sendOne(message);
    expect(raw.toString()).toContain(`List-Unsubscribe: <${message.unsubscribeUrl}>\r\n`);
  });

  test('is the only one that says so', async () => {
    const { mail } = await sendOne(outgoingMessage(TO));
    expect(header(mail, 'list-unsubscribe')).toBeUndefined();
  });
});

test('a mail says what it belongs to, in the four fields of Feedback-ID', async () => {
  const message = outgoingMessage({ ...TO, templateName: 'order: shipped', category: 'marketing' });
  const { mail } = await sendOne(message);
  expect(header(mail, 'feedback-id')).toBe('order__shipped:marketing:message:mail.example.com');
});

test('a mail carries the headers of its sender', async () => {
  const message = outgoingMessage({ ...TO, headers: { 'X-Order': '77', 'In-Reply-To': '<1@example.com>' } });
  const { mail } = await sendOne(message);
  expect([header(mail, 'x-order'), header(mail, 'in-reply-to')]).toEqual(['77', '<1@example.com>']);
});

describe('the return path', () => {
  test('is the sender where there is none of ours', async () => {
    const { from } = await sendOne(outgoingMessage({ ...TO, returnPathTag: 'aa00' }));
    expect(from).toMatchObject({ address: 'no-reply@mail.example.com' });
  });

  test('carries the tag of the attempt, which the mail itself does not show', async () => {
    const message = outgoingMessage({ ...TO, returnPathTag: 'aa00' });
    const { from, raw } = await sendOne(message, { returnPath: 'bounces@back.example.com' });
    expect(from).toMatchObject({ address: 'bounces+aa00@back.example.com' });
    expect(raw.toString()).not.toContain('aa00');
  });

  test('comes with a request for notices of failure, by the attempt', async () => {
    const message = outgoingMessage(TO);
    const { from, to } = await sendOne(message);
    expect(from).toMatchObject({ args: { RET: 'HDRS', ENVID: message.attemptId } });
    expect(to[0]).toMatchObject({ args: { NOTIFY: 'FAILURE,DELAY' } });
  });
});

test('an image of the HTML stands inline, under the name that the HTML uses', async () => {
  const logo = Buffer.from('89504e470d0a1a0a', 'hex');
  const content = { subject: 'Hi', text: 'Hi', html: '<img src="cid:logo">' };
  const file = {
    filename: 'logo.png',
    contentType: 'image/png',
    contentId: 'logo',
    content: () => Readable.from([logo]),
  };
  const { mail } = await sendOne(outgoingMessage({ ...TO, content, attachments: [file] }));
  expect(mail.attachments).toMatchObject([{ disposition: 'inline', contentId: '<logo>', mimeType: 'image/png' }]);
});

function rsaPair(modulusLength: number) {
  return generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function ed25519Key(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

describe('DKIM', () => {
  const { privateKey, publicKey } = rsaPair(2048);
  const dkim = { domain: 'mail.example.com', selector: 'key1', privateKey };
  const message = outgoingMessage({
    ...{ to: 'ann@example.com', unsubscribeUrl: 'https://messages.example.com/u/token' },
    content: { subject: 'Grüße', text: 'Hallo', html: '<p>Hallo</p>' },
  });

  /** What another implementation says of a mail, with our key in the DNS. */
  async function verify(raw: Buffer | string) {
    const published = publicKey.replace(/-----.*?-----|\s/g, '');
    const { dkim: found } = await authenticate(raw, {
      resolver: async (name: string, type: string) => {
        if (type === 'TXT' && name === 'key1._domainkey.mail.example.com') return [[`v=DKIM1; k=rsa; p=${published}`]];
        throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
      },
      ...{ ip: '127.0.0.1', helo: 'mail.example.com', sender: 'no-reply@mail.example.com', mta: 'test' },
    });
    return found.results[0];
  }

  test('signs so that another implementation finds the signature right and aligned', async () => {
    const { raw } = await sendOne(message, { dkim });
    const result = await verify(raw);
    expect([result?.status.result, result?.status.aligned]).toEqual(['pass', 'mail.example.com']);
  });

  test('covers how to unsubscribe', async () => {
    const { mail } = await sendOne(message, { dkim });
    const names = /(?:^|;)\s*h=([^;]+);/
      .exec(header(mail, 'dkim-signature') ?? '')?.[1]
      ?.toLowerCase()
      .replace(/\s/g, '')
      .split(':');
    expect(names).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'list-unsubscribe', 'list-unsubscribe-post']),
    );
  });

  test('shows when a mail was changed on its way', async () => {
    const { raw } = await sendOne(message, { dkim });
    const result = await verify(raw.toString().replace('Hallo', 'Hullo'));
    expect(result?.status.result).not.toBe('pass');
  });

  test.each([
    ['of another kind', ed25519Key(), 'RSA'],
    ['that is too short', rsaPair(512).privateKey, '512 bits'],
    ['that is none', 'no key at all', 'no private key'],
  ])('is not begun with a key %s, which would leave mails unsigned', (_, key, reason) => {
    const options = { smtpUrl: 'smtp://127.0.0.1:1', from: 'a@example.com', timeoutSeconds: 1 };
    expect(() => createEmailChannel({ ...options, dkim: { ...dkim, privateKey: key } })).toThrow(reason);
  });
});

describe('TLS', () => {
  test('that is required and not offered is a fault of the set-up, and nothing is sent', async () => {
    const { email, taken } = await startMail({ tls: 'required' });
    await expect(email.send(outgoingMessage(TO))).rejects.toMatchObject({ kind: 'misconfigured' });
    expect(taken).toEqual([]);
  });

  test('that is offered with a certificate that nobody vouches for is not taken for safe', async () => {
    const { email } = await startMail({}, { disabledCommands: [] });
    await expect(email.send(outgoingMessage(TO))).rejects.toMatchObject({ kind: 'misconfigured' });
  });

  test('that is offered is left alone where it is switched off', async () => {
    const { email, taken } = await startMail({ tls: 'off' }, { disabledCommands: [] });
    await email.send(outgoingMessage(TO));
    expect(taken).toHaveLength(1);
  });
});

test('a mail that another library reads says what was written, to whom, with which files', async () => {
  const { email, taken } = await startMail();
  // RFC 5322 has no line breaks within a field, and no NUL anywhere.
  const words = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .map((text) => text.replace(/[\p{C}\p{Z}\s]+/gu, ' ').trim());
  const name = words.filter((text) => text !== '' && !/[/\\]/.test(text));
  await fc.assert(
    fc.asyncProperty(name, words, name, fc.uint8Array({ maxLength: 500 }), async (subject, toName, filename, bytes) => {
      const file = {
        filename,
        contentType: 'application/pdf',
        contentId: null,
        content: () => Readable.from([Buffer.from(bytes)]),
      };
      const content = { subject, text: `${subject}\nגם כאן`, html: null };
      const { mail } = await arrive(email, taken, outgoingMessage({ ...TO, toName, content, attachments: [file] }));
      expect([mail.subject, mail.text?.trimEnd(), mail.to?.[0]?.name, mail.to?.[0]?.address]).toEqual([
        ...[subject, content.text.trimEnd(), toName, 'ann@example.com'],
      ]);
      expect(mail.attachments[0]?.filename).toBe(filename);
      expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer)).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 50 },
  );
});
