import type { HeaderFields } from './header-fields.ts';
import { readFieldBlocks } from './header-fields.ts';

/** What a delivery status notification says (RFC 3464). */
export interface DeliveryStatusNotification {
  /** Of the mail that it is about, decoded. */
  readonly envelopeIds: readonly string[];
  readonly recipients: readonly RecipientStatus[];
}

export interface RecipientStatus {
  readonly action: RecipientAction;
  /** The enhanced code; null for none. */
  readonly status: string | null;
  /** What the last server said, and what stands beside the code; may be empty. */
  readonly diagnostic: string;
  readonly addresses: readonly string[];
}

type RecipientAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'other';

/** Reads the text of a `message/delivery-status` part. Never throws. */
export function readDeliveryStatus(text: string): DeliveryStatusNotification {
  const blocks = readFieldBlocks(text);
  return {
    envelopeIds: blocks.flatMap((fields) => fields.get('original-envelope-id') ?? []).map(decodeXtext),
    recipients: joinBlocks(blocks).map(readRecipient),
  };
}

const RECIPIENT_FIELDS = ['final-recipient', 'original-recipient', 'action', 'status', 'diagnostic-code'];

/** What belongs to one recipient: some reporters put an empty line between its fields. */
function joinBlocks(blocks: readonly HeaderFields[]): HeaderFields[] {
  const recipients: Map<string, string>[] = [];
  for (const block of blocks) {
    if (!RECIPIENT_FIELDS.some((name) => block.has(name))) continue;
    const last = recipients.at(-1);
    const isNext = last === undefined || RECIPIENT_FIELDS.some((name) => block.has(name) && last.has(name));
    if (isNext) recipients.push(new Map(block));
    else for (const [name, value] of block) last.set(name, value);
  }
  return recipients;
}

function readRecipient(fields: HeaderFields): RecipientStatus {
  const statusField = fields.get('status') ?? '';
  const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]\d)/.exec(statusField)?.[0] ?? null;
  const remark = statusField.replace(/^\s*[245]\.\d{1,3}\.\d{1,3}/, '');
  const diagnostic = fields.get('diagnostic-code') ?? '';
  return {
    action: actionOf(fields.get('action') ?? '', status ?? statusField),
    status,
    diagnostic: diagnostic === '' ? remark : diagnostic,
    addresses: ['final-recipient', 'original-recipient'].flatMap((name) => addressesIn(fields.get(name) ?? '')),
  };
}

function addressesIn(value: string): string[] {
  return value.slice(0, 1_000).match(/[^\s;<>"]{1,100}@[^\s;<>"]{1,255}/g) ?? [];
}

/** The actions of RFC 3464, section 2.3.3, and what else is written in their place. */
const ACTIONS: readonly { readonly form: RegExp; readonly action: RecipientAction }[] = [
  {
    form: /^(?:fail|error|bounce|reject|refus|undeliver|not.?deliver|expired|dropped|permanent|fatal)/,
    action: 'failed',
  },
  { form: /^(?:delay|defer|queue|retry|transient|tempor|warning|pending)/, action: 'delayed' },
  { form: /^(?:deliver|success|sent)/, action: 'delivered' },
  { form: /^(?:relay|expand|forward|transfer)/, action: 'relayed' },
];

/** What is done with the mail; if the word is missing, what the class of the status says. */
function actionOf(field: string, status: string): RecipientAction {
  const word = /[a-z].*/.exec(field.slice(0, 200).toLowerCase())?.[0];
  if (word !== undefined) return ACTIONS.find(({ form }) => form.test(word))?.action ?? 'other';
  const byClass: Readonly<Record<string, RecipientAction>> = { '2': 'delivered', '4': 'delayed', '5': 'failed' };
  return byClass[status.trim()[0] ?? ''] ?? 'other';
}

/** RFC 3461, section 4. */
function decodeXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
