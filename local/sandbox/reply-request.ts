import { type HttpRequest, isObject, jsonObject } from './http-server.ts';
import type { Reply } from './twilio/inbound.ts';
import { E164 } from './twilio/senders.ts';

/** A reply before it is known to whom it goes. */
export type GivenReply = Omit<Reply, 'to' | 'serviceSid'> & { readonly to: string | null };

export interface ReplyFault {
  readonly field: string;
  readonly message: string;
}

const OPT_OUT_TYPES: readonly unknown[] = [null, 'STOP', 'START', 'HELP'];
const MAX_MEDIA = 10;

/** Reads the JSON or the form of a reply, with the names that README.md lists. */
export function readReply(request: HttpRequest): { reply: GivenReply } | { fault: ReplyFault } {
  const given = jsonObject(request) ?? Object.fromEntries(request.form);
  const fault = findFault(given);
  if (fault !== null) return { fault };
  const text = (name: string) => textOf(given[name]);
  const choice = (id: string, title: string) =>
    text(id) === null && text(title) === null ? null : { id: text(id), title: text(title) };
  const { latitude, longitude } = given;
  return {
    reply: {
      channel: given['channel'] === 'whatsapp' ? 'whatsapp' : 'sms',
      from: text('from') ?? '',
      to: text('to'),
      text: text('text'),
      button: choice('button_id', 'button_text'),
      item: choice('list_id', 'list_title'),
      media: mediaOf(given['media']),
      location: typeof latitude === 'number' && typeof longitude === 'number' ? { latitude, longitude } : null,
      profileName: text('profile_name'),
      inReplyTo: text('in_reply_to'),
      optOutType: text('opt_out_type') as Reply['optOutType'],
    },
  };
}

function findFault(given: Record<string, unknown>): ReplyFault | null {
  const { channel, from, to, media = [], opt_out_type: optOutType } = given;
  const isMedia = Array.isArray(media) && media.length <= MAX_MEDIA && media.length === mediaOf(media).length;
  const checks: [field: string, isValid: boolean, message: string][] = [
    ['channel', channel === 'sms' || channel === 'whatsapp', 'This is "sms" or "whatsapp".'],
    ['from', E164.test(textOf(from) ?? ''), 'This is the number of whoever writes, such as "+14155550101".'],
    ['to', textOf(to) === null || E164.test(String(to)), 'This is one of our numbers, or left out.'],
    ['media', isMedia, 'These are at most ten objects with url and content_type.'],
    ['opt_out_type', OPT_OUT_TYPES.includes(textOf(optOutType)), 'This is "STOP", "START" or "HELP", or left out.'],
  ];
  const failed = checks.find(([, isValid]) => !isValid);
  return failed === undefined ? null : { field: failed[0], message: failed[2] };
}

function mediaOf(value: unknown): { url: string; contentType: string }[] {
  return (Array.isArray(value) ? value.filter(isObject) : []).flatMap(({ url, content_type: contentType }) =>
    typeof url === 'string' && typeof contentType === 'string' ? [{ url, contentType }] : [],
  );
}

/** Null also where it is empty, because a form sends all its fields. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
