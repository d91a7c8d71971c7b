import type { ChannelAdapter } from './channel.ts';
import { createTwilioChannel, type TwilioChannelOptions } from './twilio-channel.ts';

/** Sends texts through Twilio's Programmable Messaging. */
export function createSmsChannel(options: TwilioChannelOptions): ChannelAdapter {
  return createTwilioChannel({ channel: 'sms', prefix: '' }, options);
}
