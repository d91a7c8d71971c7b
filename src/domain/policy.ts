import type { Channel } from './channels.ts';

/** How patient one channel is. */
export interface ChannelPolicy {
  /** Delay before each retry in seconds; a channel has one attempt more than it has delays. */
  readonly retryDelaysSeconds: readonly number[];
  /** How often a provider may say "later" before that counts as a failed attempt. */
  readonly throttleLimit: number;
  /** Delay after "later" where the provider names none, in seconds. */
  readonly throttleDelaySeconds: number;
}

export interface Policy {
  readonly channels: Readonly<Record<Channel, ChannelPolicy>>;
  /** What to do when it cannot be found out whether a provider took a message. */
  readonly onUncertain: 'resend' | 'hold';
  /** How long a failed message waits for an operator, in seconds. */
  readonly operatorWindowSeconds: number;
}

/** Each delay is stretched or shrunk by up to this share, so that messages that failed together do not return together. */
export const JITTER = 0.1;

const DEFAULT_CHANNEL_POLICY: ChannelPolicy = {
  retryDelaysSeconds: [30, 120, 600, 3600],
  throttleLimit: 20,
  throttleDelaySeconds: 60,
};

export const DEFAULT_POLICY: Policy = {
  channels: { whatsapp: DEFAULT_CHANNEL_POLICY, email: DEFAULT_CHANNEL_POLICY, sms: DEFAULT_CHANNEL_POLICY },
  onUncertain: 'resend',
  operatorWindowSeconds: 7 * 24 * 3600,
};
