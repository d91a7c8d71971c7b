import type { Readable } from 'node:stream';
import { createTransport, type SendMailOptions, type SMTPPoolOptions } from 'nodemailer';
import addressparser from 'nodemailer/lib/addressparser';
import SMTPPool from 'nodemailer/lib/smtp-pool';
import { type Accepted, type ChannelAdapter, DeliveryFailure, type OutgoingMessage } from './channel.ts';
import { type DkimOptions, dkimSigning } from './dkim.ts';
import { type Address, composeEmail } from './email-message.ts';
import { SMTP_REPLIES } from './smtp-codes.ts';
import { connectionOptions, type SmtpServer } from './smtp-connection.ts';
import { supportsSmtpUtf8 } from './smtp-extensions.ts';
import { toDeliveryFailure } from './smtp-failures.ts';

export interface EmailOptions extends SmtpServer {
  /** One sender, `Name <address>` or an address. */
  readonly from: string;
  /** Where bounces go, `bounces@mail.example.com`; left out or null for the sender. */
  readonly returnPath?: string | null;
  /** Left out or null for no signature. */
  readonly dkim?: DkimOptions | null;
  /** Connections kept open at once. */
  readonly connections?: number;
}

const CONNECTIONS = 20;
/** Below the five minutes that a server has to wait at least (RFC 5321, section 4.5.3.2.7). */
const IDLE_TIMEOUT_MS = 30_000;
/** Greeting, EHLO, AUTH, envelope, DATA and the final dot: a server that trickles may not stretch it further. */
const EXCHANGES = 6;

/** A mail that says when nodemailer asks for its bytes, the only sign of how far a broken dialogue had come. */
interface TrackedMail extends SendMailOptions {
  readonly onBody: (body: Readable) => void;
}

/**
 * Sends over SMTP, one recipient a mail.
 * @throws {TypeError} where `from` is not one address, or the DKIM key cannot be worked with
 */
export function createEmailChannel(options: EmailOptions): ChannelAdapter {
  const letterhead = { sender: parseSender(options.from), returnPath: options.returnPath ?? null };
  // With each mail: a transport that is handed over ready-made signs nothing by itself.
  const signing = options.dkim == null ? {} : { dkim: dkimSigning(options.dkim) };
  const pool = new SMTPPool(poolOptions(options));
  const transporter = createTransport(pool);
  transporter.use('stream', (mail, done) => {
    const { onBody } = mail.data as TrackedMail;
    mail.message.processFunc((body) => {
      onBody(body);
      return body;
    });
    done();
  });

  async function send(message: OutgoingMessage): Promise<Accepted> {
    let body: Readable | null = null;
    try {
      assertOneAddress(message.to);
      if (isInternational(message, letterhead.sender) && !(await supportsSmtpUtf8(pool.options))) throw noSmtpUtf8();
      const mail: TrackedMail = {
        ...composeEmail(message, letterhead),
        ...signing,
        signal: AbortSignal.timeout(options.timeoutSeconds * EXCHANGES * 1000),
        onBody: (stream) => {
          body = stream;
        },
      };
      const info = await transporter.sendMail(mail);
      return { providerMessageId: info.messageId, segments: null };
    } catch (error) {
      throw toDeliveryFailure(error, wasRead(body));
    }
  }

  return {
    channel: 'email',
    send,
    // SMTP has no way to ask what became of a mail.
    findAccepted: async () => [],
    close: async () => transporter.close(),
  };
}

function poolOptions(options: EmailOptions): SMTPPoolOptions {
  return {
    ...connectionOptions(options),
    maxConnections: options.connections ?? CONNECTIONS,
    // Retries belong to the workflow, which records them.
    maxRequeues: 0,
    idleTimeout: IDLE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function parseSender(from: string): Address {
  const [sender, ...others] = addressparser(from, { flatten: true });
  if (sender === undefined || others.length > 0 || !sender.address.includes('@')) {
    throw new TypeError('The sender of emails must be one address, such as "Name <name@example.com>".');
  }
  return sender;
}

/** @throws {DeliveryFailure} where the text could be read as something else than one bare address */
function assertOneAddress(address: string): void {
  if (/^[^\s\p{Cc}\p{Cf},;:<>()]+@[^\s\p{Cc}\p{Cf},;:<>()@]+$/u.test(address)) return;
  throw toDeliveryFailure({ code: 'EENVELOPE' });
}

/** Whether an address has letters that only SMTPUTF8 carries (RFC 6531): in the envelope, or in the header. */
function isInternational({ to, replyTo }: OutgoingMessage, { address }: Address): boolean {
  return [to, replyTo ?? '', address].some(hasInternationalLocalPart);
}

function hasInternationalLocalPart(address: string): boolean {
  return /[^\x20-\x7e]/.test(address.slice(0, address.lastIndexOf('@')));
}

function noSmtpUtf8(): DeliveryFailure {
  return new DeliveryFailure('rejected', 'smtp_5.6.7', SMTP_REPLIES['5.6.7']?.sentence ?? '');
}

/** Where not a byte was read, the message cannot have left. */
function wasRead(body: Readable | null): boolean {
  return body?.readableDidRead ?? false;
}
