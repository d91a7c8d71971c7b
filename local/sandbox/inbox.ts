import type { Channel } from '../../src/domain/channels.ts';
import type { Choice } from './twilio/render-content.ts';

/** A message that a provider took, as `GET /messages/` shows it; one for each take, so that double sends are visible. */
export interface TakenMessage {
  /** One of its own; for an SMS or WhatsApp message its SID. */
  readonly id: string;
  readonly channel: Channel;
  /** The bare email address or E.164 number. */
  readonly to: string;
  readonly from: string;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly { filename: string | null; content_type: string; size: number }[];
  /** What can be tapped on below a WhatsApp message. */
  readonly choices: readonly Choice[];
  /** Headers of an email by their lower-case names; of an SMS or WhatsApp message what the API was given, and its state. */
  readonly headers: Record<string, string>;
  /** Of an email. */
  readonly envelope: MailEnvelope | null;
  /** RFC 3339 in UTC. */
  readonly received_at: string;
}

/** What the mail server was told, with the parameters of RFC 3461 (DSN); null where there was none. */
export interface MailEnvelope {
  /** Empty for a notice. */
  readonly mail_from: string;
  readonly rcpt_to: string;
  readonly envid: string | null;
  readonly ret: string | null;
  readonly notify: string | null;
  readonly orcpt: string | null;
}

/** How often a text was taken for an address. */
export interface Tally {
  readonly channel: Channel;
  readonly to: string;
  readonly text: string | null;
  readonly count: number;
}

export interface InboxFilter {
  /** Address or number, in any case. */
  readonly to?: string | undefined;
  readonly channel?: string | undefined;
  /** The whole text of the message. */
  readonly text?: string | undefined;
}

export interface Inbox {
  /** @param raw the mail as it came */
  take(message: TakenMessage, raw?: Buffer): void;
  /** Newest first. */
  find(filter?: InboxFilter): TakenMessage[];
  /** One for each address and text, the newest first. */
  tallies(filter?: InboxFilter): Tally[];
  /** The mail as it came; null where there is none, or none any more. */
  raw(id: string): Buffer | null;
  clear(): void;
}

/** So many bytes of raw mails are kept. */
const RAW_BYTES = 64_000_000;

/** @param capacity how many messages are kept; the oldest go first */
export function createInbox(capacity: number): Inbox {
  let messages: TakenMessage[] = [];
  const raws = createRawStore();
  const find = ({ to, channel, text }: InboxFilter = {}) => {
    const address = to?.toLowerCase();
    return messages
      .slice(-capacity)
      .filter((message) => channel === undefined || message.channel === channel)
      .filter((message) => address === undefined || message.to.toLowerCase() === address)
      .filter((message) => text === undefined || message.text === text)
      .reverse();
  };
  return {
    take(message, raw) {
      messages.push(message);
      if (raw !== undefined) raws.keep(message.id, raw);
      // Cut in batches, so that a full inbox does not move every entry for each message.
      if (messages.length >= capacity * 1.1 + 1) messages = messages.slice(-capacity);
    },
    find,
    tallies: (filter) => tally(find(filter)),
    raw: (id) => raws.get(id),
    clear() {
      messages = [];
      raws.clear();
    },
  };
}

function tally(messages: TakenMessage[]): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { channel, to, text } of messages) {
    const key = JSON.stringify([channel, to.toLowerCase(), text]);
    tallies.set(key, { channel, to, text, count: (tallies.get(key)?.count ?? 0) + 1 });
  }
  return [...tallies.values()];
}

function createRawStore() {
  const raws = new Map<string, Buffer>();
  let size = 0;
  return {
    keep(id: string, raw: Buffer): void {
      raws.set(id, raw);
      size += raw.length;
      for (const [oldest, { length }] of raws) {
        if (size <= RAW_BYTES) break;
        raws.delete(oldest);
        size -= length;
      }
    },
    get: (id: string): Buffer | null => raws.get(id) ?? null,
    clear(): void {
      raws.clear();
      size = 0;
    },
  };
}
