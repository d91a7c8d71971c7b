import { buffer } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmailChannel } from '../../src/channels/email.ts';
import { checkEmailServer } from '../../src/channels/email-setup.ts';
import type { TlsMode } from '../../src/channels/smtp-connection.ts';
import { makeCertificate } from '../support/certificate.ts';
import { outgoingMessage } from './outgoing-message.ts';

const CERTIFICATE = makeCertificate();
const TRUSTED = getCACertificates('default');

let closers: (() => Promise<unknown>)[] = [];

/** As `NODE_EXTRA_CA_CERTS` has it for a whole process. */
beforeEach(() => setDefaultCACertificates([...TRUSTED, CERTIFICATE.cert]));
afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  closers = [];
  setDefaultCACertificates(TRUSTED);
});

/** A mail server that says whether each mail came over TLS. */
async function startServer(certificate: { key: string; cert: string }, secure: boolean) {
  const secured: boolean[] = [];
  const server = new SMTPServer({
    ...{ ...certificate, secure, authOptional: true, disableReverseLookup: true },
    onData: (stream, session, done) => {
      void buffer(stream).then(() => {
        secured.push(session.secure);
        done();
      });
    },
  });
  const listening = await new Promise<{ address(): unknown }>((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => resolve(listener));
  });
  // A client that refuses the certificate hangs up.
  server.on('error', () => undefined);
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = listening.address() as { port: number };
  return { secured, smtpUrl: `${secure ? 'smtps' : 'smtp'}://127.0.0.1:${port}` };
}

async function send(smtpUrl: string, tls: TlsMode = 'opportunistic') {
  const email = createEmailChannel({ smtpUrl, tls, from: 'Keryu <no-reply@mail.example.com>', timeoutSeconds: 3 });
  closers.push(() => email.close());
  return await email.send(outgoingMessage({ to: 'ann@example.com' }));
}

describe('a mail server with a certificate that is vouched for', () => {
  test.each<[what: string, isSmtps: boolean, tls: TlsMode]>([
    ['STARTTLS, where it is offered', false, 'opportunistic'],
    ['STARTTLS, where it is required', false, 'required'],
    ['TLS from the start', true, 'opportunistic'],
  ])('is sent to over %s', async (_what, isSmtps, tls) => {
    const { secured, smtpUrl } = await startServer(CERTIFICATE, isSmtps);
    await send(smtpUrl, tls);
    expect(secured).toEqual([true]);
  });

  test('is all right for the doctor', async () => {
    const { smtpUrl } = await startServer(CERTIFICATE, true);
    const [found] = await checkEmailServer({ smtpUrl, timeoutSeconds: 3 });
    expect(found).toMatchObject({ name: 'credentials', state: 'ok' });
  });
});

describe('a mail server with a certificate that nobody vouches for', () => {
  test.each<[what: string, isSmtps: boolean, tls: TlsMode]>([
    ['STARTTLS, where it is offered', false, 'opportunistic'],
    ['STARTTLS, where it is required', false, 'required'],
    ['TLS from the start', true, 'opportunistic'],
  ])('is sent nothing over %s', async (_what, isSmtps, tls) => {
    const { secured, smtpUrl } = await startServer(makeCertificate(), isSmtps);
    await expect(send(smtpUrl, tls)).rejects.toMatchObject({ kind: 'misconfigured', code: 'smtp_tls' });
    expect(secured).toEqual([]);
  });
});
