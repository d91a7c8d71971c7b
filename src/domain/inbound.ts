import type { Channel } from './channels.ts';

/** What somebody who writes to us does. */
export const INBOUND_KINDS = ['text', 'button', 'list', 'media', 'location', 'stop', 'start', 'help'] as const;

export type InboundKind = (typeof INBOUND_KINDS)[number];

/** What somebody wrote to us. */
export interface InboundContent {
  /** Null where there is none. */
  readonly text: string | null;
  /** How the person calls themselves on WhatsApp. */
  readonly profileName: string | null;
  /** The button or the list item that was chosen. */
  readonly choice: InboundChoice | null;
  readonly location: InboundLocation | null;
  readonly media: readonly InboundMedia[];
}

export interface InboundChoice {
  /** As the message that offered it named it; what a program goes by. */
  readonly id: string | null;
  /** What the person saw. */
  readonly title: string | null;
}

export interface InboundLocation {
  /** In degrees, like the longitude. */
  readonly latitude: number;
  readonly longitude: number;
  readonly label: string | null;
  readonly address: string | null;
}

export interface InboundMedia {
  /** At the provider, which asks for its own credentials. */
  readonly url: string;
  readonly contentType: string | null;
}

/** Something that somebody wrote to one of our numbers. */
export interface InboundMessage {
  readonly provider: 'twilio';
  readonly providerMessageId: string;
  readonly channel: Exclude<Channel, 'email'>;
  /** Who wrote; E.164 but for short codes and the like. */
  readonly from: string;
  /** Our number. */
  readonly to: string;
  readonly kind: InboundKind;
  /** A word that asks for messages again where they had been stopped, and is an ordinary answer everywhere else. */
  readonly mayStart: boolean;
  /** The provider has answered the word `stop`, `start` or `help` by itself. */
  readonly isAnswered: boolean;
  /** The provider's id of the message that this one quotes; null where it quotes none. */
  readonly repliedTo: string | null;
  readonly content: InboundContent;
}
