import { OUTSIDE_WINDOW_CODES } from '../magic-contents.ts';
import { type Course, USUAL_COURSE } from '../magic-numbers.ts';
import type { Approval, Content } from './contents.ts';
import type { Conversations } from './conversations.ts';
import { senderOf, type TwilioMessage } from './message.ts';
import { bareNumber, channelOf } from './senders.ts';

/** What a message is made of, where it has a content. */
export interface UsedContent {
  readonly content: Content;
  readonly approval: Approval;
  readonly values: readonly string[];
}

/** Most characters of a template with its variables: https://www.twilio.com/docs/api/errors/63021. */
const TEMPLATE_LIMIT = 1024;
/** What no value of an approved template may have: https://www.twilio.com/docs/api/errors/63013. */
const FORBIDDEN_IN_VALUE = /[\n\t]| {5}/;
/** What is answered to only, and never approved: https://www.twilio.com/docs/content/content-types-overview. */
const IN_WINDOW_ONLY: readonly string[] = ['twilio/list-picker', 'twilio/location'];

/** The course of a message that was taken: what WhatsApp does not let through fails, all else takes that of its number. */
export function courseOf(
  message: TwilioMessage,
  used: UsedContent | null,
  course: Course,
  conversations: Conversations,
): Course {
  if (channelOf(message.to) === 'sms') return course;
  const code = templateFault(message, used) ?? (isClosed(message, course, conversations) ? outsideFault(used) : null);
  return code === null ? course : { ...USUAL_COURSE, receipts: [{ status: 'failed', errorCode: code }] };
}

function isClosed(message: TwilioMessage, { hasNotWritten = false }: Course, conversations: Conversations): boolean {
  return hasNotWritten && !conversations.isOpen(bareNumber(senderOf(message)), bareNumber(message.to));
}

function templateFault({ body }: TwilioMessage, used: UsedContent | null): number | null {
  if (used?.approval.status !== 'approved') return null;
  if (used.values.some((value) => FORBIDDEN_IN_VALUE.test(value))) return 63013;
  return body.length > TEMPLATE_LIMIT ? 63021 : null;
}

function outsideFault(used: UsedContent | null): number | null {
  if (used === null) return 63016;
  const isInWindowOnly = Object.keys(used.content.types).some((type) => IN_WINDOW_ONLY.includes(type));
  return isInWindowOnly ? 63016 : OUTSIDE_WINDOW_CODES[used.approval.status];
}
