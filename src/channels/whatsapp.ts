import type { ChannelAdapter } from './channel.ts';
import { createTwilioChannel, type TwilioChannelOptions } from './twilio-channel.ts';

/** Sends WhatsApp messages, with at most one media file each, through Twilio's Programmable Messaging. */
export function createWhatsappChannel(options: TwilioChannelOptions): ChannelAdapter {
  return createTwilioChannel({ channel: 'whatsapp', prefix: 'whatsapp:' }, options);
}
