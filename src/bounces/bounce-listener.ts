import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { EMAIL_RECEIPT_SIZE_LIMIT, parseEmailReceipt, type ReceivedEnvelope } from '../channels/email-receipts.ts';
import type { ServiceContext } from '../service/context.ts';
import { takeBounce } from '../service/take-bounce.ts';
import { createReturnPathCheck } from './return-path-check.ts';

export interface BounceListenerOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** `bounces@mail.example.com`: mail is taken for it and for its variants that carry a tag of ours, for nobody else. */
  readonly returnPath: string;
}

export interface BounceListener {
  readonly port: number;
  /** Takes no new mail, and gives what is being taken a moment. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 50;
/** A report goes to one address (RFC 3464, section 2). */
const MAX_RECIPIENTS = 10;
/** Half of what RFC 5321 (section 4.5.3.2.7) asks for: whoever is cut off tries again. */
const IDLE_LIMIT_MS = 150_000;
const CLOSE_LIMIT_MS = 3_000;

/**
 * Listens for bounces by SMTP. A mail is answered with 250 only once it is kept; where it could not be kept, with 451,
 * so that the other server brings it again. Nothing is ever sent in return.
 * @throws {Error} where the port is taken
 */
export async function startBounceListener(
  context: ServiceContext,
  options: BounceListenerOptions,
): Promise<BounceListener> {
  const smtp = createServer(context, createReturnPathCheck(options.returnPath, context.links));
  await new Promise<void>((resolve, reject) => {
    smtp.once('error', reject);
    smtp.listen(options.port, options.host, () => {
      smtp.off('error', reject);
      // A client that goes away in the middle of a session concerns nobody, but an unheard error event would throw.
      smtp.on('error', (error) => context.telemetry.log.debug({ reason: error.name }, 'bounce connection broke off'));
      resolve();
    });
  });
  return {
    port: (smtp.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => smtp.close(() => resolve())),
  };
}

/** A reply to a command: an SMTP code and a text that begins with the enhanced code (RFC 3463). */
class SmtpReply extends Error {
  override readonly name = 'SmtpReply';
  readonly responseCode: number;

  constructor(responseCode: number, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

function createServer(context: ServiceContext, isReturnPath: (address: string) => boolean): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    size: EMAIL_RECEIPT_SIZE_LIMIT,
    maxClients: MAX_CONNECTIONS,
    socketTimeout: IDLE_LIMIT_MS,
    closeTimeout: CLOSE_LIMIT_MS,
    onRcptTo({ address }, { envelope }, callback) {
      if (!isReturnPath(address)) callback(new SmtpReply(550, '5.1.1 No such address here'));
      else if (envelope.rcptTo.length >= MAX_RECIPIENTS) callback(new SmtpReply(452, '4.5.3 Too many recipients'));
      else callback();
    },
    onData(stream, session, callback) {
      takeMail(context, stream, session).then(
        (refusal) => callback(refusal, '2.6.0 Taken'),
        (error: unknown) => {
          context.telemetry.stepFailed({ step: 'take-bounce', messageId: null, error });
          callback(new SmtpReply(451, '4.3.0 Could not be kept, try again later'));
        },
      );
    },
  });
}

async function takeMail(
  context: ServiceContext,
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
): Promise<SmtpReply | null> {
  const raw = await readUpTo(stream, EMAIL_RECEIPT_SIZE_LIMIT);
  if (raw === null) return new SmtpReply(552, '5.3.4 Too big for a report');
  const bounce = await parseEmailReceipt(raw, envelopeOf(envelope));
  if (bounce === 'not_a_bounce') return new SmtpReply(554, '5.6.0 Only reports of mail servers are taken here');
  if (bounce !== 'auto_reply') await takeBounce(context, bounce, raw);
  return null;
}

/** Null where there is more; the rest is read and thrown away, as the dialogue has to go on after it. */
async function readUpTo(stream: SMTPServerDataStream, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size <= limit ? Buffer.concat(chunks) : null;
}

function envelopeOf({ mailFrom, rcptTo }: SMTPServerSession['envelope']): ReceivedEnvelope {
  return { sender: mailFrom === false ? '' : mailFrom.address, recipients: rcptTo.map(({ address }) => address) };
}
