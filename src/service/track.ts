import { createHash } from 'node:crypto';
import { findLinkedAttempt } from '../db/linked-attempts.ts';
import { insertEventOnce } from '../db/message-events.ts';
import { isOptedOut } from '../domain/opt-outs.ts';
import { TRACKING_CATEGORY } from '../domain/sending-rules.ts';
import type { ServiceContext } from './context.ts';
import { takeReceipt } from './take-receipt.ts';

/** What somebody did with a mail, as a valid link tells it. */
export interface TrackedAct {
  readonly act: 'opened' | 'clicked';
  readonly attemptId: string;
  /** Where the click led to; empty for an opened mail. */
  readonly url: string;
}

/** Enough to tell the links of one mail apart. */
const LINK_HASH_CHARACTERS = 16;

/**
 * Records that a mail was opened or one of its links followed: as read, and on the timeline once for each link, without
 * its URL. Nothing is recorded of those who have opted out of tracking since, and of deleted messages. Never throws,
 * because nobody is to be kept from where a link leads: what could not be recorded is counted.
 */
export async function track(context: ServiceContext, tracked: TrackedAct): Promise<void> {
  try {
    await record(context, tracked);
  } catch (error) {
    context.telemetry.trackingFailed({ act: tracked.act, error });
  }
}

async function record(context: ServiceContext, { act, attemptId, url }: TrackedAct): Promise<void> {
  const attempt = await findLinkedAttempt(context.db, attemptId);
  if (attempt === undefined || attempt.is_message_erased || attempt.is_recipient_erased) return;
  if (isOptedOut(attempt.opt_outs, 'email', TRACKING_CATEGORY)) return;
  const event = { type: act, channel: 'email', detail: null, actor: 'tracking' } as const;
  await insertEventOnce(context.db, attempt.message_id, event, `${act}:${attemptId}:${linkHash(url)}`);
  await takeReceipt(context, {
    ...{ provider: 'tracking', attemptId, status: 'read', failure: null, raw: act },
    providerMessageId: attempt.provider_message_id ?? attemptId,
    dedupeKey: `${act}:${attemptId}`,
  });
}

function linkHash(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, LINK_HASH_CHARACTERS);
}
