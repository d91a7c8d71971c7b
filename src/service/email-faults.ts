import { refuseHeader } from '../domain/email-headers.ts';
import { jsonPointer } from '../domain/json-pointer.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import type { AttachmentInput, MessageInput } from './message-input.ts';
import type { Fault, Warning } from './service-error.ts';

const MESSAGES = {
  header_not_allowed: 'Only some headers may be added: those of X-… that no mail software acts on, and a few others.',
  invalid_header: 'A header has a name of letters, digits and hyphens, and a value of one line.',
} as const;

/** What is wrong with the parts of a message that only emails have. */
export function emailFaults(
  input: Pick<MessageInput, 'channel' | 'fallbackChannels' | 'headers' | 'tracking'>,
): Fault[] {
  const names = Object.keys(input.headers);
  const hasEmail = [input.channel, ...input.fallbackChannels].includes('email');
  const faults: Fault[] = [];
  if (!hasEmail && names.length > 0) {
    faults.push({ pointer: '/headers', code: 'not_for_channel', message: 'Only emails have headers.' });
  }
  if (!hasEmail && input.tracking !== null) {
    faults.push({ pointer: '/tracking', code: 'not_for_channel', message: 'Only emails are tracked.' });
  }
  for (const name of names) {
    const pointer = `/headers${jsonPointer(name)}`;
    const reason = refuseHeader(name, input.headers[name] ?? '');
    if (reason !== null) faults.push({ pointer, code: reason, message: MESSAGES[reason] });
    if (names.some((other) => other < name && other.toLowerCase() === name.toLowerCase())) {
      faults.push({ pointer, code: 'duplicate_header', message: 'The header is there twice, in other letters.' });
    }
  }
  return faults;
}

/** Images that are meant to stand within the HTML of a mail, which does not show them. */
export function inlineWarnings(
  { attachments }: { readonly attachments: readonly Pick<AttachmentInput, 'contentId'>[] },
  email: Pick<RenderedContent, 'html'> | null,
): Warning[] {
  if (email === null) return [];
  const shown = new Set([...(email.html ?? '').matchAll(/\bcid:([A-Za-z0-9._-]+)/gi)].map(([, name]) => name));
  return attachments.flatMap(({ contentId }, index) =>
    contentId === null || shown.has(contentId)
      ? []
      : [
          {
            ...{ pointer: `/attachments/${index}/content_id`, code: 'content_id_unused', channel: 'email' as const },
            message: `The HTML does not show the image; use it as "cid:${contentId}", or leave content_id out.`,
          },
        ],
  );
}
