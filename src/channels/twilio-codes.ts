import type { FailureKind } from '../domain/failures.ts';

export interface TwilioReason {
  readonly kind: FailureKind;
  /** What happened and what to do about it. */
  readonly sentence: string;
  readonly retryAfterSeconds?: number;
  /** How often the channel is tried again, at most, before the next one is. */
  readonly repeats?: number;
  /** After how many such failures for one address it is suppressed on the channel. */
  readonly suppressAfter?: number;
}

/**
 * Twilio's error codes by what has to happen next. The meanings are those of https://www.twilio.com/docs/api/errors;
 * the kinds are ours. With a Messaging Service the sender is chosen late, so any code may come in the answer to a
 * request or in a status callback, and means the same in both.
 */
export const TWILIO_REASONS: Readonly<Record<number, TwilioReason>> = {
  20003: misconfigured('Twilio refuses our credentials; check the account SID, the auth token and the account.'),
  20005: misconfigured('The Twilio account is not active; reactivate it in the Twilio console.'),
  20404: misconfigured('Twilio does not know the account or the path; check the account SID and the base URL.'),
  20429: throttled('Twilio takes no more requests for the moment; it is tried again later.'),
  20500: uncertain('Twilio had an internal error; it may or may not have taken the message.'),
  20503: uncertain('Twilio was unavailable; it may or may not have taken the message.'),

  21211: unreachable('The number is not a valid one; correct it.', 1),
  21212: misconfigured('Twilio does not accept the sender; check the sender of the channel.'),
  21265: unreachable('The number is a short code, which cannot be written to; correct it.', 1),
  21266: rejected('The message goes to its own sender; correct the recipient.'),
  21408: misconfigured(
    'The region of the number is not enabled; allow it under Geo Permissions in the Twilio console.',
  ),
  21602: rejected('The message has neither text nor media; give it content.'),
  21603: misconfigured('The request names no sender; set the sender of the channel.'),
  21606: misconfigured('The sender cannot write to this destination; use another sender number.'),
  21608: misconfigured('A trial account can only write to verified numbers; upgrade the Twilio account.'),
  21609: misconfigured('Twilio does not accept the callback URL; check PUBLIC_URL.'),
  21610: {
    ...{ kind: 'opted_out', sentence: 'The person has replied STOP; only their START lifts that.', suppressAfter: 1 },
  },
  21611: throttled('The queue of the sender is full; send more slowly or add senders.', 300),
  21612: unreachable('The number cannot be reached from this sender; use another channel or sender.'),
  21614: unreachable('The number is not a mobile one; correct it or use another channel.', 1),
  21617: rejected('The text is longer than 1,600 characters; shorten it.'),
  21620: rejected('The media URL is not valid; correct it.'),
  21623: rejected('The message has too many media files; send fewer.'),
  21635: unreachable('The number is a landline; correct it or use another channel.', 1),
  21654: rejected('The content template of the message is missing; name one.'),
  21655: misconfigured('Twilio does not know the content template; check its SID.'),
  21656: rejected('The template variables are not valid; none may be null or empty.'),
  21658: rejected('A part of the message is longer than Twilio allows; shorten it.'),
  21659: misconfigured('The sender is not a number of this Twilio account; check the sender of the channel.'),
  21701: misconfigured('The Messaging Service does not exist; check its SID.'),
  21703: misconfigured('The Messaging Service has no sender for this destination; add one.'),
  21704: misconfigured('The Messaging Service has no senders; add one.'),
  21705: misconfigured('The Messaging Service is not valid; check its SID.'),

  30001: throttled('The queue at Twilio overflowed; send more slowly.', 300),
  30002: misconfigured('The Twilio account was suspended; see the Twilio console.'),
  30003: transient('The handset could not be reached, perhaps switched off; it is tried again later.', {
    retryAfterSeconds: 900,
    repeats: 2,
  }),
  30004: unreachable('The message was blocked at its destination; use another channel.', 1),
  30005: unreachable('The number is unknown at its carrier; correct it.', 2),
  30006: unreachable('The number is a landline or its carrier cannot be reached; use another channel.', 1),
  30007: rejected('The message was filtered as unwanted; reword it and check the registration of the sender.'),
  30008: transient('The carrier failed for an unknown reason; it is tried again.', {
    retryAfterSeconds: 300,
    repeats: 1,
  }),
  30017: transient('The carrier is congested; it is tried again later.'),
  30019: rejected('The content is too big for the carrier; shorten it.'),
  30022: throttled('The rate of the A2P campaign is used up; send more slowly.', 60),
  30023: throttled('The daily cap of the A2P brand is used up; it resets at midnight Pacific time.', 3600),
  30024: misconfigured('The sender number is not provisioned at the carrier; ask Twilio support.'),
  30027: throttled('The daily cap at T-Mobile is used up; it resets at midnight Pacific time.', 3600),
  30032: misconfigured('The toll-free sender is not verified; verify it in the Twilio console.'),
  30033: misconfigured('The A2P campaign is suspended; see the Twilio console.'),
  30034: misconfigured('The sender number is not registered for A2P; register it in the Twilio console.'),
  30035: misconfigured('The registration of the sender number is still under way; wait for it.'),
  30410: throttled('The carrier timed out, and the handset may have the message; it is tried again later.', 900, 1),
  30450: throttled('Twilio suspects SMS pumping to this number range; the block lifts by itself.', 1800, 1),

  35114: rejected('The send time is not valid; correct it.'),
  35115: rejected('The send time is outside the window that Twilio allows; correct it.'),
  35117: rejected('The schedule of the message is not valid; correct it.'),
  35118: misconfigured('Scheduling needs a Messaging Service; set one as sender.'),
  35125: throttled('Too many messages are scheduled at Twilio; schedule fewer.', 3600),
  35127: rejected('The message has both text and template variables; give one of them.'),

  63001: misconfigured('Twilio could not sign in to WhatsApp; check the sender in the Twilio console.'),
  63002: misconfigured('WhatsApp does not know the sender; check it in the Twilio console.'),
  63003: unreachable('The number is not on WhatsApp; use another channel.', 1),
  63005: rejected('WhatsApp refuses the content; change it.'),
  63007: misconfigured('There is no WhatsApp sender with that number; check the sender of the channel.'),
  63008: misconfigured('The WhatsApp sender is wrongly set up; check it in the Twilio console.'),
  63009: transient('WhatsApp had an internal error; it is tried again later.'),
  63010: transient('Twilio had an internal error with WhatsApp; it is tried again later.'),
  63012: transient('WhatsApp had an internal error; it is tried again later.'),
  63013: rejected('The content is against the policy of WhatsApp; no empty variables, line breaks or runs of spaces.'),
  63014: unreachable('The person has blocked the message; use another channel.', 1),
  63015: misconfigured('The person has not joined the WhatsApp sandbox; have them join, or use a real sender.'),
  63016: unreachable('The person has not written for 24 hours; use an approved template or another channel.'),
  63017: transient('The account sends too fast on WhatsApp; send more slowly.'),
  63018: throttled('The rate limit of the WhatsApp sender is used up; send more slowly.', 300),
  63019: transient('WhatsApp could not fetch the media; check that its URL is public.', { repeats: 1 }),
  63020: misconfigured('The WhatsApp business was not confirmed; see the Meta Business Manager.'),
  63021: rejected('The content is not valid for WhatsApp; a template with its variables may have 1,024 characters.'),
  63022: misconfigured('The name certificate of the WhatsApp sender is not valid; register the sender again.'),
  63023: transient('WhatsApp failed for a reason that Twilio does not name; it is tried again.', { repeats: 1 }),
  63024: unreachable('The number cannot be written to on WhatsApp; use another channel.', 1),
  63026: misconfigured('WhatsApp holds the content of the sender for spam; review what it sends.'),
  63027: misconfigured('The template does not exist in that language; add the language or correct the template.'),
  63028: rejected('The number of template variables is wrong; give each of them.'),
  63030: rejected('The message has a parameter that WhatsApp does not know; remove it.'),
  63031: rejected('The message goes to its own sender; correct the recipient.'),
  63032: unreachable('WhatsApp does not deliver to this person during an experiment; use another channel.'),
  63033: unreachable('The person has blocked the sender; use another channel.', 1),
  63034: rejected('The media file is too big for WhatsApp; make it smaller.'),
  63038: throttled('The daily limit of the Twilio account is used up; ask Twilio to raise it.', 3600),
  63040: misconfigured('WhatsApp has rejected the template; use another one.'),
  63041: misconfigured('WhatsApp has paused the template; use another one.'),
  63042: misconfigured('WhatsApp has disabled the template; use another one.'),
  63049: unreachable('Meta chose not to deliver this marketing message; use another channel.'),
  63051: misconfigured('The WhatsApp sender is locked; see the Meta Business Manager.'),
};

function misconfigured(sentence: string): TwilioReason {
  return { kind: 'misconfigured', sentence };
}

/** @param suppressAfter set where the fault is with the address itself (class S of our reading of Twilio's table) */
function unreachable(sentence: string, suppressAfter?: number): TwilioReason {
  return { kind: 'unreachable', sentence, ...(suppressAfter !== undefined && { suppressAfter }) };
}

function rejected(sentence: string): TwilioReason {
  return { kind: 'rejected', sentence };
}

function uncertain(sentence: string): TwilioReason {
  return { kind: 'uncertain', sentence };
}

function transient(sentence: string, more: Pick<TwilioReason, 'retryAfterSeconds' | 'repeats'> = {}): TwilioReason {
  return { kind: 'transient', sentence, ...more };
}

function throttled(sentence: string, retryAfterSeconds?: number, repeats?: number): TwilioReason {
  return {
    ...{ kind: 'throttled', sentence },
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(repeats !== undefined && { repeats }),
  };
}
