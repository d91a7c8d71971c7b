import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

const NO_LOGIN = 'NO-LOGIN';

/**
 * Asks the mail server, on a connection of its own, whether it takes addresses with international letters (RFC 6531).
 * @throws the error of nodemailer where the server cannot be asked
 */
export function supportsSmtpUtf8(options: SMTPConnectionOptions): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = new SMTPConnection({
      ...options,
      // nodemailer shows the extensions to login handlers only, so this one looks and does not log in.
      customAuth: {
        [NO_LOGIN]: (session) => {
          resolve(session.extensions.includes('SMTPUTF8'));
          session.resolve();
        },
      },
    });
    connection.on('error', reject);
    connection.connect((error) => {
      if (error) reject(error);
      else connection.login({ method: NO_LOGIN }, () => connection.quit());
    });
  });
}
