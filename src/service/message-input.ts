import type { Channel } from '../domain/channels.ts';
import type { Interactive } from '../domain/interactive.ts';
import type { PolicyOverride } from '../domain/policy.ts';
import type { TrackingMode } from '../domain/sending-rules.ts';
import type { EscalationGoal, Priority } from '../domain/statuses.ts';
import type { RecipientInput } from './recipient-input.ts';

export interface AttachmentInput {
  readonly filename: string;
  readonly contentType: string;
  readonly contentBase64: string;
  /** The HTML shows the file as `cid:{contentId}`; null for an ordinary attachment. */
  readonly contentId: string | null;
}

/** What a sender can still change while nothing is being sent. */
export interface MessageContentInput {
  readonly channel: Channel;
  readonly fallbackChannels: readonly Channel[];
  readonly content: string | null;
  readonly subject: string | null;
  readonly html: string | null;
  /** Id or name. */
  readonly template: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
  readonly mediaUrl: string | null;
  readonly replyTo: string | null;
  readonly priority: Priority;
  readonly sendAt: Date | null;
}

/** A message as a caller asks for it. */
export interface MessageInput extends MessageContentInput {
  /** An id, an external id, or the person. */
  readonly recipient: string | RecipientInput;
  readonly attachments: readonly AttachmentInput[];
  readonly escalateAfterSeconds: number | null;
  readonly until: EscalationGoal | null;
  /** How often the plan is gone through until acknowledged; null where the default holds. */
  readonly rounds: number | null;
  readonly policy: PolicyOverride | null;
  readonly expiresAt: Date | null;
  readonly interactive: Interactive | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Null where the configuration decides. */
  readonly tracking: TrackingMode | null;
  /** Class of the time for which it is kept; null where its template decides. */
  readonly retention: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A message as a caller may ask for it: without a channel, the recipient's own preference decides. */
export type MessageRequest = Omit<MessageInput, 'channel'> & { readonly channel: Channel | null };
