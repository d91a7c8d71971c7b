import { randomUUID } from 'node:crypto';
import type { SMTPServerAddress, SMTPServerEnvelope } from 'smtp-server';

/**
 * The notice that a mail could not be delivered (RFC 3464), addressed to the sender of its envelope and with the
 * headers of the mail. Null where the mail had no sender, because notices never bounce (RFC 5321 section 6.1).
 */
export function bounceNotice(mail: Buffer, envelope: SMTPServerEnvelope, recipient: SMTPServerAddress): Buffer | null {
  return report(mail, envelope, {
    from: 'Mail Delivery System <mailer-daemon@sandbox.localhost>',
    subject: 'Undelivered mail returned to sender',
    type: 'delivery-status',
    text: `Your message to ${recipient.address} could not be delivered: there is no such mailbox.`,
    fields: deliveryStatus(envelope, recipient),
  });
}

/** The report that a person has called a mail spam (RFC 5965), to the same address. Null where the mail had no sender. */
export function complaintNotice(
  mail: Buffer,
  envelope: SMTPServerEnvelope,
  recipient: SMTPServerAddress,
): Buffer | null {
  const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
  return report(mail, envelope, {
    from: 'Feedback loop <feedback@sandbox.localhost>',
    subject: 'Abuse report',
    type: 'feedback-report',
    text: 'This is an email abuse report for a message received from your server.',
    fields: [
      'Feedback-Type: abuse',
      'User-Agent: Sandbox/1',
      'Version: 1',
      `Original-Mail-From: <${sender}>`,
      `Original-Rcpt-To: <${recipient.address}>`,
    ],
  });
}

interface Report {
  readonly from: string;
  readonly subject: string;
  readonly type: 'delivery-status' | 'feedback-report';
  readonly text: string;
  /** Of the part for machines. */
  readonly fields: readonly string[];
}

function report(mail: Buffer, { mailFrom }: SMTPServerEnvelope, { type, ...report }: Report): Buffer | null {
  if (mailFrom === false || mailFrom.address === '') return null;
  const boundary = `notice-${randomUUID()}`;
  const headersEnd = mail.indexOf('\r\n\r\n');
  const head = [
    `From: ${report.from}`,
    `To: <${mailFrom.address}>`,
    `Subject: ${report.subject}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomUUID()}@sandbox.localhost>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${type}; boundary="${boundary}"`,
    ...['', `--${boundary}`, 'Content-Type: text/plain; charset=utf-8', '', report.text],
    ...['', `--${boundary}`, `Content-Type: message/${type}`, '', ...report.fields],
    ...['', `--${boundary}`, 'Content-Type: text/rfc822-headers', '', ''],
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
