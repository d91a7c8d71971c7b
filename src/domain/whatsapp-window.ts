import { WINDOW_CLOSED } from './failures.ts';

/** What is known of one of our numbers and somebody who may write to it. */
export interface WindowRecord {
  readonly lastInboundAt: Date | null;
  /** When WhatsApp last said that it is closed. */
  readonly closedAt: Date | null;
}

/** Somebody's message lets us write freely for a day; we stop a little earlier, as their clock counts. */
const OPEN_MS = (24 * 60 - 5) * 60_000;

/**
 * Whether somebody may be written to freely (https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window).
 * `unknown` where they were never seen: they may have written before this service listened.
 */
export function windowState(record: WindowRecord | undefined, now: Date): 'open' | 'closed' | 'unknown' {
  const { lastInboundAt = null, closedAt = null } = record ?? {};
  if (lastInboundAt === null) return closedAt === null ? 'unknown' : 'closed';
  if (closedAt !== null && closedAt > lastInboundAt) return 'closed';
  return now.getTime() - lastInboundAt.getTime() < OPEN_MS ? 'open' : 'closed';
}

/**
 * Whether a refused text is to be followed by the approved template that stands ready in its place: the window turned
 * out to be closed (https://www.twilio.com/docs/api/errors/63016), so the channel is tried again.
 */
export function callsForTemplate(code: string, { hasTemplate = false }: { readonly hasTemplate?: boolean }): boolean {
  return code === WINDOW_CLOSED && hasTemplate;
}

/** States of a template in which WhatsApp may still take it; the names are those of Twilio's approval requests. */
export function mayBeSent(status: string | null): boolean {
  return status === null || status === 'approved';
}
