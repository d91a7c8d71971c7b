import type { RenderedContent } from '../domain/rendered-content.ts';

/** What an attempt hands to its provider, as it is kept (sealed) with the attempt. */
export interface Outgoing {
  readonly to: string;
  readonly toName: string | null;
  readonly replyTo: string | null;
  readonly content: RenderedContent;
  readonly attachmentCount: number;
}

/** Where an attempt's outgoing message is sealed for. */
export function outgoingContext(attemptId: string): string {
  return `attempts.outgoing:${attemptId}`;
}
