import { MAX_INTERACTIVE_TEXT } from '../domain/interactive.ts';
import { callsForTemplate } from '../domain/whatsapp-window.ts';
import type { ChannelAdapter, OutgoingMessage } from './channel.ts';
import { DeliveryFailure } from './channel.ts';
import { createTwilioChannel, type TwilioChannelOptions } from './twilio-channel.ts';
import type { TwilioClient } from './twilio-client.ts';
import { afterRefusal, type ContentStore, contentValues, interactiveContentSid } from './whatsapp-interactive.ts';
import { checkMedia } from './whatsapp-media.ts';

export interface WhatsappOptions extends TwilioChannelOptions {
  /** Where it is left out, each message with something to tap on makes a content of its own. */
  readonly contents?: ContentStore;
  /** Whether media may lie in a private network, for development. */
  readonly allowPrivateMedia?: boolean;
}

/** Sends WhatsApp messages, with at most one media file each, through Twilio's Programmable Messaging. */
export function createWhatsappChannel(options: WhatsappOptions): ChannelAdapter {
  return createTwilioChannel({ channel: 'whatsapp', prefix: 'whatsapp:', prepare, refused }, options);

  /** What can be tapped on is a content of its own at Twilio, and media are looked at before they are promised. */
  async function prepare(client: TwilioClient, message: OutgoingMessage): Promise<OutgoingMessage> {
    const { content } = message;
    const { interactive, mediaUrl, text } = content;
    if (mediaUrl !== null) await checkMedia(mediaUrl, options.allowPrivateMedia ?? false);
    if (interactive === null || content.contentSid !== null) return message;
    if (text.length > MAX_INTERACTIVE_TEXT) {
      const sentence = `A text above buttons or a list has at most ${MAX_INTERACTIVE_TEXT} characters; shorten it.`;
      throw new DeliveryFailure('rejected', 'content_too_long', sentence);
    }
    const contentSid = await interactiveContentSid(
      client,
      options.contents ?? null,
      options.twilio.accountSid,
      interactive,
    );
    return { ...message, content: { ...content, contentSid, contentVariables: contentValues(interactive, text) } };
  }

  async function refused(failure: DeliveryFailure, asked: OutgoingMessage, sent: OutgoingMessage) {
    const own = asked.content.contentSid === null ? sent.content.contentSid : null;
    const refusal = await afterRefusal(options.contents ?? null, own, failure);
    const { code, message } = refusal;
    return callsForTemplate(code, asked.content) ? new DeliveryFailure('transient', code, message) : refusal;
  }
}
