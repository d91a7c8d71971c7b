import type { TakenMessage } from '../inbox.ts';
import type { TwilioMessage } from './message.ts';
import type { RenderedContent } from './render-content.ts';
import { bareNumber, channelOf } from './senders.ts';

/** A message as the inbox shows it. What else the API was given is in its headers, to which more may be added. */
export function takenText(
  message: TwilioMessage,
  form: URLSearchParams,
  rendered: RenderedContent | null,
): TakenMessage {
  return {
    id: message.sid,
    channel: channelOf(message.to),
    to: bareNumber(message.to),
    from: bareNumber(message.from ?? message.messagingServiceSid ?? ''),
    subject: null,
    text: message.body,
    html: null,
    attachments: [],
    choices: rendered?.choices ?? [],
    headers: headersOf(message, form),
    envelope: null,
    received_at: message.createdAt.toISOString(),
  };
}

function headersOf(message: TwilioMessage, form: URLSearchParams): Record<string, string> {
  const given = {
    sid: message.sid,
    status_callback: message.statusCallback,
    media_url: message.mediaUrls.join(' '),
    messaging_service_sid: message.messagingServiceSid,
    content_sid: form.get('ContentSid'),
    content_variables: form.get('ContentVariables'),
    validity_period: form.get('ValidityPeriod'),
    send_at: form.get('SendAt'),
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
