import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { type Reception, SmtpRefusal } from './reception.ts';

export interface MailServer {
  readonly port: number;
  /** Closes at once, open connections too. */
  close(): Promise<void>;
}

const SIZE_LIMIT_BYTES = 30_000_000;

/** The one password that is refused; with any other, or with none, everybody may send. */
const WRONG_PASSWORD = 'wrong';

/**
 * Starts a mail server without TLS on `port` (0 for a free one). The sockets are its own and not smtp-server's, which
 * has no way to drop a connection instead of answering.
 */
export async function startMailServer(host: string, port: number, reception: Reception): Promise<MailServer> {
  const sockets = new Map<string, Socket>();
  const smtp = createSmtp(reception, (sessionId) => sockets.get(sessionId)?.destroy());
  const listener = createServer((socket) => {
    const id = randomUUID();
    sockets.set(id, socket);
    socket.once('close', () => sockets.delete(id));
    smtp.connect(socket, { id });
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, host, resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

function createSmtp(reception: Reception, drop: (sessionId: string) => void): SMTPServer {
  const smtp = new SMTPServer({
    name: 'sandbox.localhost',
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    maxAllowedUnauthenticatedCommands: false,
    disableReverseLookup: true,
    hideDSN: false,
    size: SIZE_LIMIT_BYTES,
    onAuth(auth, _session, callback) {
      if (auth.password === WRONG_PASSWORD) callback(new SmtpRefusal(535, '5.7.8 Authentication credentials invalid'));
      else callback(null, { user: auth.username ?? 'anyone' });
    },
    onRcptTo: ({ address }, _session, callback) => callback(reception.checkRecipient(address)),
    onData(stream, { id, envelope }, callback) {
      buffer(stream)
        .then((raw) =>
          stream.sizeExceeded ? new SmtpRefusal(552, '5.3.4 Message too big') : reception.receive(raw, envelope),
        )
        .then((outcome) => {
          if (outcome === 'drop') drop(id);
          else if (outcome === 'taken') callback(null, '2.6.0 Message taken');
          else if (outcome !== 'hang') callback(outcome);
        }, callback);
    },
  });
  // A client that goes away in the middle of a session concerns nobody here, but an unheard error event would throw.
  smtp.on('error', () => undefined);
  return smtp;
}
