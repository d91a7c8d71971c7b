import PostalMime from 'postal-mime';
import type { TakenMessage } from '../inbox.ts';

/** A mail as the inbox shows it, still without its recipient; null where it is no readable MIME message. */
export async function readMail(raw: Buffer): Promise<Omit<TakenMessage, 'id' | 'to' | 'envelope'> | null> {
  const mail = await PostalMime.parse(raw).catch(() => null);
  if (mail === null) return null;
  return {
    channel: 'email',
    from: mail.from?.address ?? '',
    subject: mail.subject ?? null,
    text: mail.text ?? null,
    html: mail.html ?? null,
    attachments: mail.attachments.map(({ filename, mimeType, content }) => ({
      filename,
      content_type: mimeType,
      size: typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength,
    })),
    choices: [],
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
    received_at: new Date().toISOString(),
  };
}
