import { randomUUID } from 'node:crypto';
import type { SMTPServerAddress, SMTPServerEnvelope } from 'smtp-server';

/**
 * The notice that a mail could not be delivered (RFC 3464), addressed to the sender of its envelope and with the
 * headers of the mail. Null where the mail had no sender, because notices never bounce (RFC 5321 section 6.1).
 */
export function bounceNotice(mail: Buffer, envelope: SMTPServerEnvelope, recipient: SMTPServerAddress): Buffer | null {
  if (envelope.mailFrom === false || envelope.mailFrom.address === '') return null;
  const boundary = `notice-${randomUUID()}`;
  const headersEnd = mail.indexOf('\r\n\r\n');
  const head = [
    'From: Mail Delivery System <mailer-daemon@sandbox.localhost>',
    `To: <${envelope.mailFrom.address}>`,
    'Subject: Undelivered mail returned to sender',
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomUUID()}@sandbox.localhost>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Your message to ${recipient.address} could not be delivered: there is no such mailbox.`,
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    ...deliveryStatus(envelope, recipient),
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    '',
  ];
  const original = headersEnd === -1 ? mail : mail.subarray(0, headersEnd + 2);
  return Buffer.concat([Buffer.from(head.join('\r\n')), original, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

function deliveryStatus({ dsn: envelopeDsn }: SMTPServerEnvelope, { address, dsn }: SMTPServerAddress): string[] {
  return [
    'Reporting-MTA: dns; sandbox.localhost',
    ...(envelopeDsn?.envid ? [`Original-Envelope-Id: ${envelopeDsn.envid}`] : []),
    '',
    ...(dsn?.orcpt === undefined ? [] : [`Original-Recipient: ${dsn.orcpt}`]),
    `Final-Recipient: rfc822; ${address}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 No such user here',
  ];
}
