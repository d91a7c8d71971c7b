import type { BounceVerdict } from '../domain/bounces.ts';
import { failureVerdict } from './bounce-codes.ts';
import { type HeaderFields, readFieldBlocks } from './header-fields.ts';

/** What a delivery status notification says (RFC 3464). */
export interface DeliveryStatusNotification {
  /** Of the mail that it is about, decoded. */
  readonly envelopeIds: readonly string[];
  /** One for each recipient. */
  readonly verdicts: readonly BounceVerdict[];
}

/** Reads the text of a `message/delivery-status` part. Never throws. */
export function readDeliveryStatus(text: string): DeliveryStatusNotification {
  const blocks = readFieldBlocks(text);
  const recipients = blocks.filter((fields) => RECIPIENT_FIELDS.some((name) => fields.has(name)));
  return {
    envelopeIds: blocks.flatMap((fields) => fields.get('original-envelope-id') ?? []).map(decodeXtext),
    verdicts: recipients.map(readRecipient),
  };
}

const RECIPIENT_FIELDS = ['final-recipient', 'original-recipient', 'action'];

function readRecipient(fields: HeaderFields): BounceVerdict {
  const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(fields.get('status') ?? '')?.[0] ?? null;
  const diagnostic = fields.get('diagnostic-code') ?? '';
  const code = `smtp_${status ?? 'unknown'}`;
  switch (actionOf(fields, status)) {
    case 'failed':
      return failureVerdict(status?.startsWith('2') ? null : status, diagnostic);
    case 'delayed':
      return { category: 'delayed', code, suppressAfter: null };
    case 'delivered':
      return { category: 'delivered', code, suppressAfter: null };
    case 'relayed':
    case 'expanded':
      return { category: 'relayed', code, suppressAfter: null };
    default:
      return { category: 'other', code, suppressAfter: null };
  }
}

/** The action (RFC 3464, section 2.3.3); where it is missing, what the class of the status says. */
function actionOf(fields: HeaderFields, status: string | null): string {
  const word = /^[a-z]+/i.exec(fields.get('action') ?? '')?.[0].toLowerCase();
  if (word !== undefined) return word;
  return { '2': 'delivered', '4': 'delayed', '5': 'failed' }[status?.[0] ?? ''] ?? 'other';
}

/** RFC 3461, section 4. */
function decodeXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
