import { domainToASCII } from 'node:url';
import type { SendMailOptions } from 'nodemailer';
import type { Attachment, OutgoingMessage } from './channel.ts';

export interface Address {
  readonly name: string;
  readonly address: string;
}

export interface Letterhead {
  readonly sender: Address;
  /** Where bounces go; null for the sender. */
  readonly returnPath: string | null;
}

/** A message as nodemailer takes it. */
export function composeEmail(message: OutgoingMessage, { sender, returnPath }: Letterhead): SendMailOptions {
  const { content, to } = message;
  return {
    // The double of a mail that is sent again after an uncertain outcome has the same one, so that receivers can drop it.
    messageId: `<${message.firstAttemptId}@${asciiDomainOf(sender.address)}>`,
    from: sender,
    // Addresses go as objects: nodemailer reads a string as a list of recipients.
    to: { name: message.toName ?? '', address: to },
    replyTo: message.replyTo === null ? undefined : { name: '', address: message.replyTo },
    subject: content.subject ?? '',
    text: content.text,
    html: content.html ?? undefined,
    attachments: message.attachments.map(attach),
    headers: headersOf(message, sender),
    xMailer: false,
    envelope: { from: envelopeSender(message, sender, returnPath), to: [to] },
    dsn: deliveryStatusRequest(message),
  };
}

function attach({ filename, contentType, contentId, content }: Attachment) {
  const inline = contentId === null ? {} : { cid: contentId, contentDisposition: 'inline' as const };
  return { filename, contentType, content: content(), ...inline };
}

function headersOf({ headers, unsubscribeUrl, templateName, category }: OutgoingMessage, { address }: Address) {
  return {
    ...headers,
    // Keeps vacation responders quiet (RFC 3834, section 5).
    'Auto-Submitted': 'auto-generated',
    // Four fields by which Gmail counts complaints (https://support.google.com/mail/answer/6254652).
    'Feedback-ID': [templateName ?? 'none', category, 'message', asciiDomainOf(address)].map(feedbackField).join(':'),
    ...(unsubscribeUrl !== null && {
      // As it is: relays have broken signatures over a folded one.
      'List-Unsubscribe': { prepared: true, value: `<${unsubscribeUrl}>` },
      // RFC 8058, section 3.1.
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    }),
  };
}

function feedbackField(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '_');
}

/** A variable return path tells which mail came back, whatever stands in it (VERP). */
function envelopeSender({ returnPathTag }: OutgoingMessage, { address }: Address, returnPath: string | null): string {
  if (returnPath === null) return address;
  if (returnPathTag === null) return returnPath;
  const at = returnPath.lastIndexOf('@');
  return `${returnPath.slice(0, at)}+${returnPathTag}${returnPath.slice(at)}`;
}

/** Asks for a notice of failure or delay with the headers only (RFC 3461); servers that do not offer it are not asked. */
function deliveryStatusRequest({ attemptId, to }: OutgoingMessage): SendMailOptions['dsn'] {
  const recipient = /^[\x21-\x7e]+$/.test(to) ? { recipient: to } : {};
  return { id: attemptId, return: 'headers', notify: ['failure', 'delay'], ...recipient };
}

function asciiDomainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  return domainToASCII(domain) || domain;
}
