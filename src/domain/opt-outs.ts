import type { Channel } from './channels.ts';

/** What a person does not want: a channel, a category of messages, or that category on that channel; never neither. */
export interface OptOut {
  /** Null for every channel. */
  readonly channel: Channel | null;
  /** Null for every category. */
  readonly category: string | null;
}

/** Whether a person has opted out of messages of a category (null where a message has none) on a channel. */
export function isOptedOut(optOuts: readonly OptOut[], channel: Channel, category: string | null): boolean {
  return optOuts.some(
    (optOut) =>
      (optOut.channel === null || optOut.channel === channel) &&
      (optOut.category === null || optOut.category === category),
  );
}

/** An opt-out as a code for the audit log, such as `sms/*`. */
export function optOutCode({ channel, category }: OptOut): string {
  return `${channel ?? '*'}/${category ?? '*'}`;
}
