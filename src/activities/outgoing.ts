import type { OutgoingMessage } from '../channels/channel.ts';

/** What an attempt hands to its provider, as it is kept (sealed) with the attempt. */
export interface Outgoing extends Omit<OutgoingMessage, 'messageId' | 'attemptId' | 'attachments' | 'expiresAt'> {
  /** The files themselves are kept with the message. */
  readonly attachmentCount: number;
  /** RFC 3339. */
  readonly expiresAt: string | null;
}
