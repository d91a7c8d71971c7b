import type { RecipientStatus } from './delivery-status.ts';

/** What a mail service tells by mail in its own notation, instead of a report: so far that of Amazon SES. */
export interface ServiceEvent {
  readonly recipients: readonly RecipientStatus[];
  /** The type of a complaint, as feedback reports name it; null for none. */
  readonly complaint: string | null;
}

/** Reads the JSON that Amazon SNS sends for SES to an email address. Null if the text is none. Never throws. */
export function readServiceEvent(text: string): ServiceEvent | null {
  const outer = parseObject(text);
  const event = typeof outer?.['Message'] === 'string' ? parseObject(outer['Message']) : outer;
  switch (event?.['notificationType'] ?? event?.['eventType']) {
    case 'Bounce':
      return { recipients: readBounce(objectIn(event, 'bounce')), complaint: null };
    case 'Complaint':
      return { recipients: [], complaint: textIn(objectIn(event, 'complaint'), 'complaintFeedbackType') || 'abuse' };
    case 'Delivery':
      return { recipients: [{ action: 'delivered', status: null, diagnostic: '', addresses: [] }], complaint: null };
    default:
      return null;
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function readBounce(bounce: JsonObject): RecipientStatus[] {
  const recipients = Array.isArray(bounce['bouncedRecipients']) ? bounce['bouncedRecipients'] : [];
  const reason = textIn(bounce, 'bounceSubType').replace(/([a-z])([A-Z])/g, '$1 $2');
  return recipients.filter(isObject).map((recipient) => ({
    action: 'failed',
    status: /^[245]\.\d{1,3}\.\d{1,3}$/.exec(textIn(recipient, 'status'))?.[0] ?? null,
    diagnostic: textIn(recipient, 'diagnosticCode') || reason,
    addresses: [textIn(recipient, 'emailAddress')],
  }));
}

/** The first object of a text that begins with one. Mail servers break long lines, with an exclamation mark. */
function parseObject(text: string): JsonObject | null {
  const end = text.lastIndexOf('}');
  if (!/^\s*\{/.test(text) || end === -1) return null;
  try {
    const value: unknown = JSON.parse(text.slice(0, end + 1).replace(/!\r?\n /g, ''));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectIn(parent: JsonObject | null, name: string): JsonObject {
  const value = parent?.[name];
  return isObject(value) ? value : {};
}

function textIn(parent: JsonObject, name: string): string {
  const value = parent[name];
  return typeof value === 'string' ? value : '';
}
