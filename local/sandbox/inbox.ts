import type { Channel } from '../../src/domain/channels.ts';

/** A message that a provider took, as `GET /messages/` shows it; one for each take, so that double sends are visible. */
export interface TakenMessage {
  readonly channel: Channel;
  /** The bare email address or E.164 number. */
  readonly to: string;
  readonly from: string;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly { filename: string | null; content_type: string; size: number }[];
  /** Headers of an email by their lower-case names; of an SMS or WhatsApp message what the API was given, and its state. */
  readonly headers: Record<string, string>;
  /** RFC 3339 in UTC. */
  readonly received_at: string;
}

export interface InboxFilter {
  /** Address or number, in any case. */
  readonly to?: string | undefined;
  readonly channel?: string | undefined;
}

export interface Inbox {
  take(message: TakenMessage): void;
  /** Newest first. */
  find(filter?: InboxFilter): TakenMessage[];
  clear(): void;
}

/** @param capacity how many messages are kept; the oldest go first */
export function createInbox(capacity: number): Inbox {
  let messages: TakenMessage[] = [];
  return {
    take(message) {
      messages.push(message);
      // Cut in batches, so that a full inbox does not move every entry for each message.
      if (messages.length >= capacity * 1.1 + 1) messages = messages.slice(-capacity);
    },
    find({ to, channel } = {}) {
      const address = to?.toLowerCase();
      return messages
        .slice(-capacity)
        .filter((message) => channel === undefined || message.channel === channel)
        .filter((message) => address === undefined || message.to.toLowerCase() === address)
        .reverse();
    },
    clear() {
      messages = [];
    },
  };
}
