import { randomBytes } from 'node:crypto';
import { API_VERSION } from './message.ts';

/** What somebody writes to one of our senders. */
export interface Reply {
  readonly channel: 'sms' | 'whatsapp';
  /** Who writes, as E.164. */
  readonly from: string;
  /** The number it is written to. */
  readonly to: string;
  readonly text: string | null;
  /** The button that was tapped. */
  readonly button: { readonly id: string | null; readonly title: string | null } | null;
  /** The list item that was chosen. */
  readonly item: { readonly id: string | null; readonly title: string | null } | null;
  readonly media: readonly { readonly url: string; readonly contentType: string }[];
  readonly location: { readonly latitude: number; readonly longitude: number } | null;
  readonly profileName: string | null;
  /** The message that is quoted. */
  readonly inReplyTo: string | null;
  /** The Messaging Service that our number belongs to. */
  readonly serviceSid: string | null;
  /** What Advanced Opt-Out makes of it. */
  readonly optOutType: 'STOP' | 'START' | 'HELP' | null;
}

/** The form that Twilio posts for it: https://www.twilio.com/docs/messaging/guides/webhook-request. */
export function inboundParameters(reply: Reply, accountSid: string): Record<string, string> {
  const sid = (reply.media.length > 0 ? 'MM' : 'SM') + randomBytes(16).toString('hex');
  const prefix = reply.channel === 'whatsapp' ? 'whatsapp:' : '';
  return {
    ...{ AccountSid: accountSid, ApiVersion: API_VERSION, MessageSid: sid, SmsMessageSid: sid, SmsSid: sid },
    ...{ From: prefix + reply.from, To: prefix + reply.to, SmsStatus: 'received', NumSegments: '1' },
    Body: reply.text ?? reply.button?.title ?? reply.item?.title ?? '',
    ...mediaParameters(reply.media),
    ...given({ MessagingServiceSid: reply.serviceSid, OptOutType: reply.optOutType }),
    ...(reply.channel === 'whatsapp' ? whatsappParameters(reply) : {}),
  };
}

function mediaParameters(media: Reply['media']): Record<string, string> {
  const entries = media.flatMap(({ url, contentType }, index) => [
    [`MediaUrl${index}`, url],
    [`MediaContentType${index}`, contentType],
  ]);
  return { NumMedia: String(media.length), ...Object.fromEntries(entries) };
}

/** List replies are not on Twilio's page; consumers read them as `ListId` and `ListTitle`. */
function whatsappParameters(reply: Reply): Record<string, string> {
  const { button, item, location } = reply;
  return given({
    MessageType: messageType(reply),
    WaId: reply.from.slice(1),
    ProfileName: reply.profileName,
    ButtonPayload: button?.id,
    ButtonText: button?.title,
    ButtonType: button === null ? null : 'REPLY',
    ListId: item?.id,
    ListTitle: item?.title,
    Latitude: location?.latitude.toString(),
    Longitude: location?.longitude.toString(),
    OriginalRepliedMessageSid: reply.inReplyTo,
    OriginalRepliedMessageSender: reply.inReplyTo === null ? null : `whatsapp:${reply.to}`,
  });
}

function messageType({ button, item, location, media }: Reply): string {
  if (button !== null) return 'button';
  if (item !== null) return 'interactive';
  if (location !== null) return 'location';
  return media[0]?.contentType.split('/')[0] ?? 'text';
}

function given(parameters: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
