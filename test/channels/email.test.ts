import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TakenMessage } from '../../local/sandbox/inbox.ts';
import { type Sandbox, startSandbox } from '../../local/sandbox/start.ts';
import { type ChannelAdapter, type OutgoingMessage, UnreadableContent } from '../../src/channels/channel.ts';
import { createEmailChannel } from '../../src/channels/email.ts';
import { outgoingMessage } from './outgoing-message.ts';

const FROM = 'Keryu <no-reply@messaging.example>';

let sandbox: Sandbox;
let email: ChannelAdapter;

beforeAll(async () => {
  sandbox = await startSandbox({ httpPort: 0, smtpPort: 0, accountSid: `AC${'0'.repeat(32)}`, authToken: 'token' });
  email = createEmailChannel({ smtpUrl: sandbox.smtpUrl, from: FROM, timeoutSeconds: 1 });
});

afterAll(async () => {
  await email.close();
  await sandbox.close();
});

async function inboxOf(address: string): Promise<TakenMessage[]> {
  const response = await fetch(`${sandbox.httpUrl}/messages/?to=${encodeURIComponent(address)}&channel=email`);
  return ((await response.json()) as { results: TakenMessage[] }).results;
}

async function arrived(message: OutgoingMessage): Promise<TakenMessage> {
  await email.send(message);
  const [mail] = await inboxOf(message.to);
  if (mail === undefined) throw new Error('The mail has not arrived.');
  return mail;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** An adapter for a mail server that does as it is told with every connection. */
async function emailTo(onConnection: (socket: Socket) => void): Promise<ChannelAdapter> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  const adapter = createEmailChannel({
    smtpUrl: `smtp://127.0.0.1:${await portOf(server)}`,
    from: FROM,
    timeoutSeconds: 1,
  });
  onTestFinished(async () => {
    await adapter.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return adapter;
}

describe('an email', () => {
  it('arrives with its subject, text and HTML', async () => {
    const content = { subject: 'Grüße', text: 'Hallo Ann', html: '<p>Hallo Ann</p>' };
    const mail = await arrived(outgoingMessage({ to: 'parts@example.com', content }));
    expect(mail).toMatchObject({ subject: 'Grüße', text: 'Hallo Ann\n', html: '<p>Hallo Ann</p>\n' });
  });

  it('is plain text where there is no HTML', async () => {
    const mail = await arrived(outgoingMessage({ to: 'plain@example.com' }));
    expect(mail).toMatchObject({ text: 'Your table is ready.\n', html: null });
  });

  it('names sender and recipient, and where to reply', async () => {
    const message = outgoingMessage({
      to: 'names@example.com',
      toName: 'Ann, "the" Ünlü',
      replyTo: 'desk@example.com',
    });
    const { headers } = await arrived(message);
    expect(headers.from).toBe(FROM);
    expect(headers.to).toContain('<names@example.com>');
    expect(headers['reply-to']).toBe('desk@example.com');
  });

  it('goes to one recipient even where the name looks like more', async () => {
    await arrived(outgoingMessage({ to: 'one@example.com', toName: 'x@evil.example, y@evil.example' }));
    expect(await inboxOf('x@evil.example')).toEqual([]);
  });

  it('has a Message-ID that stays the same when it is sent again', async () => {
    const message = outgoingMessage({ to: 'again@example.com' });
    const first = await email.send(message);
    const second = await email.send({ ...message, attemptId: 'another' });
    expect(first).toEqual({ providerMessageId: `<${message.firstAttemptId}@messaging.example>`, segments: null });
    expect(second).toEqual(first);
    for (const { headers } of await inboxOf(message.to)) expect(headers['message-id']).toBe(first.providerMessageId);
  });

  it('says that a machine wrote it', async () => {
    const { headers } = await arrived(outgoingMessage({ to: 'machine@example.com' }));
    expect(headers['auto-submitted']).toBe('auto-generated');
  });

  it('does not say what software sent it', async () => {
    const { headers } = await arrived(outgoingMessage({ to: 'software@example.com' }));
    expect(headers['x-mailer']).toBeUndefined();
  });

  it('carries attachments whose names are in any script', async () => {
    const filename = 'Отчёт “2026” – 例え.pdf';
    const content = () => Readable.from([Buffer.from('%PDF-1.7')]);
    const attachments = [{ filename, contentType: 'application/pdf', contentId: null, content }];
    const mail = await arrived(outgoingMessage({ to: 'attached@example.com', attachments }));
    expect(mail.attachments).toEqual([{ filename, content_type: 'application/pdf', size: 8 }]);
  });

  it('cannot grow headers from its subject', async () => {
    const content = { subject: 'Hello\r\nBcc: evil@evil.example' };
    const { headers } = await arrived(outgoingMessage({ to: 'subject@example.com', content }));
    expect(headers.bcc).toBeUndefined();
  });

  it('goes to the Punycode form of an international domain', async () => {
    const dialogue: string[] = [];
    const adapter = await emailTo((socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (data) => {
        dialogue.push(String(data));
        socket.write(String(data).startsWith('DATA') ? '354 go on\r\n' : '250 yes\r\n');
      });
    });
    await adapter.send(outgoingMessage({ to: 'japanese-info@例え.テスト' }));
    expect(dialogue).toContain('RCPT TO:<japanese-info@xn--r8jz45g.xn--zckzah>\r\n');
  });

  it('goes to an international mailbox where the server takes such', async () => {
    await email.send(outgoingMessage({ to: 'jürgen@example.com' }));
    expect(await inboxOf('jürgen@example.com')).toHaveLength(1);
  });

  it.each([
    ['mailbox', 'jürgen@example.com', null, FROM],
    ['address to reply to', 'ann@example.com', 'jürgen@example.com', FROM],
    ['sender', 'ann@example.com', null, 'jürgen@messaging.example'],
  ])('is refused for an international %s where the server does not take such', async (_what, to, replyTo, from) => {
    const server = new SMTPServer({ hideSMTPUTF8: true, disabledCommands: ['STARTTLS', 'AUTH'] });
    const port = await portOf(server.server as Server);
    const strict = createEmailChannel({ smtpUrl: `smtp://127.0.0.1:${port}`, from, timeoutSeconds: 1 });
    onTestFinished(async () => {
      await strict.close();
      server.close(() => undefined);
    });
    const sending = strict.send(outgoingMessage({ to, replyTo }));
    await expect(sending).rejects.toMatchObject({ kind: 'rejected', code: 'smtp_5.6.7' });
  });

  it.each([
    'a@example.com, b@evil.example',
    'x@y.z\r\nBcc: e@e.e',
    'user@domain.com\u202c',
    'Ann <ann@example.com>',
    'nobody',
  ])('does not go to %j', async (to) => {
    const sending = email.send(outgoingMessage({ to }));
    await expect(sending).rejects.toMatchObject({ kind: 'rejected', code: 'smtp_invalid_address' });
  });
});

describe('an email that is not taken', () => {
  it.each([
    ['unknown', 'unreachable', 'smtp_5.1.1'],
    ['disabled', 'unreachable', 'smtp_5.2.1'],
    ['full', 'throttled', 'smtp_4.2.2'],
    ['greylist', 'throttled', 'smtp_4.7.1'],
    ['fail-1', 'transient', 'smtp_4.3.0'],
    ['spam', 'misconfigured', 'smtp_5.7.1'],
    ['too-big', 'rejected', 'smtp_5.3.4'],
    ['hang', 'uncertain', 'smtp_timeout'],
    ['drop', 'uncertain', 'smtp_connection_lost'],
  ])('by %s is %s', async (localPart, kind, code) => {
    const sending = email.send(outgoingMessage({ to: `${localPart}+kinds@example.com` }));
    await expect(sending).rejects.toMatchObject({ name: 'DeliveryFailure', kind, code });
  });

  it('is tried again where the server is busy and hangs up', async () => {
    const fresh = createEmailChannel({ smtpUrl: sandbox.smtpUrl, from: FROM, timeoutSeconds: 1 });
    onTestFinished(() => fresh.close());
    const sending = fresh.send(outgoingMessage({ to: 'busy@example.com' }));
    await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'smtp_4.3.2' });
  });

  it('does not keep the next one from being taken', async () => {
    await email.send(outgoingMessage({ to: 'unknown@example.com' })).catch(() => undefined);
    expect(await arrived(outgoingMessage({ to: 'next@example.com' }))).toBeDefined();
  });

  it('is sent once, without retries of its own', async () => {
    await email.send(outgoingMessage({ to: 'drop+once@example.com' })).catch(() => undefined);
    expect(await inboxOf('drop+once@example.com')).toHaveLength(1);
  });

  it('may have been taken, as far as SMTP can tell', async () => {
    const message = outgoingMessage({ to: 'drop+found@example.com' });
    await email.send(message).catch(() => undefined);
    expect(await email.findAccepted(message, new Date())).toEqual([]);
  });

  it('shows neither the address nor the content in its failure', async () => {
    const error = await email.send(outgoingMessage({ to: 'unknown+private@example.com' })).catch((caught) => caught);
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toMatch(/private|table/);
  });
});

describe('a mail server that cannot be talked to', () => {
  it('is tried again where it refuses connections', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const adapter = createEmailChannel({ smtpUrl: `smtp://127.0.0.1:${port}`, from: FROM, timeoutSeconds: 1 });
    onTestFinished(() => adapter.close());
    const sending = adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'smtp_connection_refused' });
  });

  it('is tried again where it never greets', async () => {
    const adapter = await emailTo(() => undefined);
    const sending = adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'smtp_timeout' });
  });

  it('is tried again where it hangs up before the message', async () => {
    const adapter = await emailTo((socket) => socket.end());
    const sending = adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'smtp_connection_lost' });
  });

  it('is tried again where it hangs up in the middle of the envelope', async () => {
    const adapter = await emailTo((socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (line) => (String(line).startsWith('EHLO') ? socket.write('250 hello\r\n') : socket.destroy()));
    });
    const sending = adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'smtp_connection_lost' });
  });

  it('is tried again where it has closed an idle connection', async () => {
    const connections: Socket[] = [];
    const adapter = await emailTo((socket) => {
      connections.push(socket);
      socket.write('220 hello\r\n');
      socket.on('data', (data) => {
        if (connections[0] === socket && String(data).includes('MAIL FROM:') && socket.bytesRead > 200)
          socket.destroy();
        else socket.write(String(data).startsWith('DATA') ? '354 go on\r\n' : '250 yes\r\n');
      });
    });
    await adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    const sending = adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'smtp_connection_lost' });
  });

  it('is signed in to where it asks for that', async () => {
    const users: (string | undefined)[] = [];
    const server = new SMTPServer({
      ...{ disabledCommands: ['STARTTLS'], allowInsecureAuth: true },
      onAuth({ username, password }, _session, done) {
        users.push(username);
        if (password === 'a b/c') done(null, { user: username ?? '' });
        else done(new Error('Invalid login'));
      },
    });
    const port = await portOf(server.server as Server);
    const smtpUrl = `smtp://shop:a%20b%2Fc@127.0.0.1:${port}`;
    const adapter = createEmailChannel({ smtpUrl, from: FROM, timeoutSeconds: 1 });
    onTestFinished(async () => {
      await adapter.close();
      server.close(() => undefined);
    });
    await adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    expect(users).toEqual(['shop']);
  });

  it('is our fault where it refuses our password', async () => {
    const smtpUrl = sandbox.smtpUrl.replace('smtp://', 'smtp://keryu:wrong@');
    const adapter = createEmailChannel({ smtpUrl, from: FROM, timeoutSeconds: 1 });
    onTestFinished(() => adapter.close());
    const sending = adapter.send(outgoingMessage({ to: 'ann@example.com' }));
    await expect(sending).rejects.toMatchObject({ kind: 'misconfigured', code: 'smtp_5.7.8' });
  });
});

describe('a file that cannot be read to its end', () => {
  /** An adapter, and what its mail server was sent as the message. */
  async function recording() {
    let body = '';
    const closed = Promise.withResolvers<void>();
    const adapter = await emailTo((socket) => {
      let isBody = false;
      socket.write('220 hello\r\n');
      socket.on('close', () => closed.resolve());
      socket.on('data', (data) => {
        if (isBody) {
          body += String(data);
          return;
        }
        isBody = String(data).startsWith('DATA');
        socket.write(isBody ? '354 go on\r\n' : '250 yes\r\n');
      });
    });
    return { adapter, bodyOnceClosed: () => closed.promise.then(() => body) };
  }

  function withBroken(error: Error): OutgoingMessage {
    async function* parts() {
      yield Buffer.alloc(300_000, 'a');
      throw error;
    }
    const content = () => Readable.from(parts());
    const attachments = [{ filename: 'a.txt', contentType: 'text/plain', contentId: null, content }];
    return outgoingMessage({ to: 'ann@example.com', attachments });
  }

  it('is a definite failure, as the final dot is never sent', async () => {
    const { adapter, bodyOnceClosed } = await recording();
    const sending = adapter.send(withBroken(new UnreadableContent('tampered with')));
    await expect(sending).rejects.toMatchObject({ kind: 'misconfigured', code: 'attachment_unreadable' });
    const body = await bodyOnceClosed();
    expect([body.length > 100_000, body.endsWith('\r\n.\r\n')]).toEqual([true, false]);
  });

  it('is tried again where only the database is away', async () => {
    const { adapter } = await recording();
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const sending = adapter.send(withBroken(away));
    await expect(sending).rejects.toMatchObject({ kind: 'transient', code: 'attachment_not_read' });
  });
});

describe('the email channel', () => {
  it.each(['', 'nobody', 'a@example.com, b@example.com'])('is not made with the sender %j', (from) => {
    expect(() => createEmailChannel({ smtpUrl: 'smtp://127.0.0.1', from, timeoutSeconds: 1 })).toThrow(TypeError);
  });
});
