import { parseEmail } from '../addresses/email.ts';
import { DEFAULT_ROUNDS } from '../domain/plan.ts';
import { isHttpsUrl } from './https-url.ts';
import type { MessageContentInput, MessageInput } from './message-input.ts';
import type { Fault, Warning } from './service-error.ts';

/** How far a clock of a sender may be behind ours, in milliseconds, before its "now" counts as past. */
const CLOCK_SKEW_MS = 60_000;

/** What is wrong with a plan as such, whoever the recipient is. */
export function planFaults(
  input: MessageContentInput & Partial<Pick<MessageInput, 'escalateAfterSeconds' | 'until' | 'rounds'>>,
) {
  const faults: Fault[] = [];
  for (const [index, channel] of input.fallbackChannels.entries()) {
    if (channel !== input.channel && input.fallbackChannels.indexOf(channel) === index) continue;
    const message = `The plan names ${channel} twice.`;
    faults.push({ pointer: `/fallback_channels/${index}`, code: 'duplicate_channel', message });
  }
  faults.push(...escalationFaults(input));
  if (input.subject !== null && /[\p{Cc}\u2028\u2029]/u.test(input.subject)) {
    const message = 'A subject is one line without control characters.';
    faults.push({ pointer: '/subject', code: 'invalid_subject', message });
  }
  // Twilio fetches media over http or https (Messages resource, `MediaUrl`); we ask for https.
  if (input.mediaUrl !== null && !isHttpsUrl(input.mediaUrl)) {
    faults.push({ pointer: '/media_url', code: 'invalid_url', message: 'Not a complete https URL.' });
  }
  const replyTo = input.replyTo === null ? null : parseEmail(input.replyTo);
  if (replyTo !== null && 'fault' in replyTo) faults.push({ pointer: '/reply_to', ...replyTo.fault });
  return faults;
}

function escalationFaults({
  escalateAfterSeconds = null,
  until = null,
  rounds = null,
}: Partial<Pick<MessageInput, 'escalateAfterSeconds' | 'until' | 'rounds'>>): Fault[] {
  const faults: Fault[] = [];
  if ((escalateAfterSeconds === null) !== (until === null)) {
    const pointer = until === null ? '/until' : '/escalate_after';
    faults.push({ pointer, code: 'incomplete_escalation', message: 'escalate_after and until go together.' });
  }
  if (rounds !== null && until !== 'acknowledged') {
    const message = 'Only a message that goes on until acknowledged has rounds.';
    faults.push({ pointer: '/rounds', code: 'rounds_without_acknowledgement', message });
  }
  return faults;
}

/** Fields that would be lost, because no channel of the plan carries them. */
export function misplacedFaults(
  input: Pick<MessageInput, 'channel' | 'fallbackChannels' | 'mediaUrl'> & { readonly attachments: readonly unknown[] },
): Fault[] {
  const channels = [input.channel, ...input.fallbackChannels];
  const faults: Fault[] = [];
  if (input.attachments.length > 0 && !channels.includes('email')) {
    faults.push({ pointer: '/attachments', code: 'not_for_channel', message: 'Only emails have attachments.' });
  }
  if (input.mediaUrl !== null && !channels.includes('whatsapp')) {
    const message = 'Only WhatsApp messages have a media_url.';
    faults.push({ pointer: '/media_url', code: 'not_for_channel', message });
  }
  return faults;
}

/** Words that only an email carries, in a plan without one: the message does without them. */
export function misplacedWarnings(
  input: Pick<MessageInput, 'channel' | 'fallbackChannels' | 'subject' | 'html' | 'replyTo'>,
): Warning[] {
  if ([input.channel, ...input.fallbackChannels].includes('email')) return [];
  const given = { '/subject': input.subject, '/html': input.html, '/reply_to': input.replyTo };
  return Object.entries(given).flatMap(([pointer, value]) =>
    value === null || value === ''
      ? []
      : [{ pointer, code: 'not_for_channel', message: 'Only emails have this; it is left out of the message.' }],
  );
}

/** What is wrong with the times of a message. */
export function timeFaults(input: Pick<MessageContentInput, 'sendAt'>, expiresAt: Date | null, now: Date): Fault[] {
  const faults: Fault[] = [];
  if (input.sendAt !== null && input.sendAt.getTime() < now.getTime() - CLOCK_SKEW_MS) {
    faults.push({ pointer: '/send_at', code: 'in_the_past', message: 'This moment has passed.' });
  }
  if (expiresAt !== null && expiresAt <= now) {
    faults.push({ pointer: '/expires_at', code: 'in_the_past', message: 'This moment has passed.' });
  } else if (expiresAt !== null && input.sendAt !== null && expiresAt <= input.sendAt) {
    const message = 'The message would expire before it is sent.';
    faults.push({ pointer: '/expires_at', code: 'expires_before_sending', message });
  }
  return faults;
}

/** How often the plan of a message is gone through; null where once is all there is. */
export function roundsOf({ until, rounds }: Pick<MessageInput, 'until' | 'rounds'>): number | null {
  return until === 'acknowledged' ? (rounds ?? DEFAULT_ROUNDS) : null;
}

/** Whether a message waits for its time. */
export function isLater(sendAt: Date | null): boolean {
  return sendAt !== null && sendAt > new Date();
}
