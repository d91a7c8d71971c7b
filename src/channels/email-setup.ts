import { createTransport } from 'nodemailer';
import addressparser from 'nodemailer/lib/addressparser';
import { findings, type SetupCheck } from '../domain/channel-setup.ts';
import { connectionOptions, type SmtpServer } from './smtp-connection.ts';
import { toDeliveryFailure } from './smtp-failures.ts';

const credentials = findings('credentials');

/** Whether the mail server can be connected to and signs us in. Sends nothing. */
export async function checkEmailServer(server: SmtpServer): Promise<SetupCheck[]> {
  const transporter = createTransport(connectionOptions(server));
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
