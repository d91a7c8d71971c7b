import { createTransport } from 'nodemailer';
import addressparser from 'nodemailer/lib/addressparser';
import { findings, type SetupCheck } from '../domain/channel-setup.ts';
import { toDeliveryFailure } from './smtp-failures.ts';
import { type TlsMode, tlsOptions } from './smtp-tls.ts';

export interface EmailServer {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly smtpUrl: string;
  readonly tls: TlsMode;
  /** One sender, `Name <address>` or an address. */
  readonly from: string;
  /** Longest silence of the mail server. */
  readonly timeoutSeconds: number;
}

const credentials = findings('credentials');

/** Whether the mail server can be connected to and signs us in. Sends nothing. */
export async function checkEmailServer({ smtpUrl, tls, timeoutSeconds }: EmailServer): Promise<SetupCheck[]> {
  const timeout = timeoutSeconds * 1000;
  const transporter = createTransport({
    ...{ url: smtpUrl, ...tlsOptions(tls) },
    ...{ connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout, dnsTimeout: timeout },
  });
  try {
    await transporter.verify();
    return [credentials.ok('The mail server answers and signs us in.')];
  } catch (error) {
    // Not a byte of a message is handed over, so nothing can be uncertain.
    const { kind, message } = toDeliveryFailure(error, false);
    const finding = kind === 'misconfigured' ? credentials.wrong : credentials.warning;
    return [
      finding(
        `${message.replace(/[,;] (it is tried again|before the message).*$/, '').replace(/\.$/, '')}; check SMTP_URL and SMTP_TLS.`,
      ),
    ];
  } finally {
    transporter.close();
  }
}

/** The domain of a sender's address. */
export function senderDomain(from: string): string {
  const address = addressparser(from, { flatten: true })[0]?.address ?? '';
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
