import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { checkEmailServer, senderDomain } from '../../src/channels/email-setup.ts';

let server: SMTPServer | null = null;

afterEach(async () => {
  const running = server;
  server = null;
  await new Promise<void>((resolve) => (running === null ? resolve() : running.close(() => resolve())));
});

/** The port of a mail server. */
async function startServer(options: SMTPServerOptions): Promise<number> {
  const started = new SMTPServer({ disableReverseLookup: true, disabledCommands: ['STARTTLS'], ...options });
  server = started;
  const listening = await new Promise<{ address(): unknown }>((resolve) => {
    const listener = started.listen(0, '127.0.0.1', () => resolve(listener));
  });
  return (listening.address() as { port: number }).port;
}

async function check(smtpUrl: string, tls: 'opportunistic' | 'required' = 'opportunistic') {
  const [found] = await checkEmailServer({ smtpUrl, tls, timeoutSeconds: 2 });
  return found;
}

const withLogin: SMTPServerOptions = {
  allowInsecureAuth: true,
  onAuth({ username, password }, _session, done) {
    if (username === 'shop' && password === 'right') done(null, { user: username });
    else done(new Error('Invalid login'));
  },
};

test('a server that signs us in is all right', async () => {
  const port = await startServer(withLogin);
  expect(await check(`smtp://shop:right@127.0.0.1:${port}`)).toMatchObject({ name: 'credentials', state: 'ok' });
});

test('a wrong password is wrong, and is not repeated', async () => {
  const port = await startServer(withLogin);
  const found = await check(`smtp://shop:guessed@127.0.0.1:${port}`);
  expect(found).toMatchObject({ state: 'wrong', sentence: expect.stringContaining('SMTP_URL') });
  expect(found?.sentence).not.toContain('guessed');
});

test('a server without TLS is wrong where TLS is required', async () => {
  const port = await startServer({ authOptional: true });
  expect(await check(`smtp://127.0.0.1:${port}`, 'required')).toMatchObject({ state: 'wrong' });
});

test('a server that cannot be connected to may come back', async () => {
  const port = await startServer({ authOptional: true });
  await new Promise<void>((resolve) => server?.close(() => resolve()));
  server = null;
  expect(await check(`smtp://127.0.0.1:${port}`)).toMatchObject({ state: 'warning' });
});

test.each([
  ['shop@Example.com', 'example.com'],
  ['"Shop, the @ one" <shop@mail.example.com>', 'mail.example.com'],
])('the domain of the sender %s is %s', (from, domain) => {
  expect(senderDomain(from)).toBe(domain);
});
