import type { Channel } from './channels.ts';
import type { Priority } from './statuses.ts';

export const UNCERTAIN_MODES = ['resend', 'hold'] as const;
/** What to do when it cannot be found out whether a provider took a message. */
export type UncertainMode = (typeof UNCERTAIN_MODES)[number];

/** How patient one channel is. */
export interface ChannelPolicy {
  /** Delay before each retry in seconds; a channel has one attempt more than it has delays. */
  readonly retryDelaysSeconds: readonly number[];
  /** How often a provider may say "later" before that counts as a failed attempt. */
  readonly throttleLimit: number;
  /** Delay after "later" where the provider names none, in seconds. */
  readonly throttleDelaySeconds: number;
  /** How many attempts may end in doubt before the next channel; where it is left out, the delays are the limit. */
  readonly uncertainLimit?: number;
  /** Left out where the policy's own holds. */
  readonly onUncertain?: UncertainMode;
}

export interface Policy {
  readonly channels: Readonly<Record<Channel, ChannelPolicy>>;
  readonly onUncertain: UncertainMode;
  /** How long a failed message waits for an operator, in seconds. */
  readonly operatorWindowSeconds: number;
}

/** A policy as it is configured: what goes for all messages, and what is different for some priorities. */
export interface PolicyRules extends Policy {
  readonly priorities?: Partial<Readonly<Record<Priority, PriorityRules>>>;
  /** What templates and messages may ask for; `DEFAULT_POLICY_BOUNDS` where this is left out. */
  readonly bounds?: PolicyBounds;
}

export interface PriorityRules {
  readonly channels?: Partial<Readonly<Record<Channel, Partial<ChannelPolicy>>>>;
  /** After how many seconds a message expires whose sender does not say; left out for never. */
  readonly expiresAfterSeconds?: number;
}

/** What a template or a message wants to be different on one channel, as the API has it; delays are in seconds. */
export interface ChannelOverride {
  readonly retry_delays?: readonly number[];
  readonly throttle_limit?: number;
  readonly throttle_delay?: number;
  readonly uncertain_limit?: number;
  readonly on_uncertain?: UncertainMode;
}

/** What a template wants to be different; a template is for one channel. */
export interface TemplatePolicy extends ChannelOverride {
  /** Seconds from acceptance, or from `send_at`, to expiry. */
  readonly expires_after?: number;
}

/** What a message wants to be different, on all channels and on single ones. */
export interface PolicyOverride extends TemplatePolicy {
  readonly channels?: Partial<Readonly<Record<Channel, ChannelOverride>>>;
}

/** What a message's row keeps of overrides, layer by layer; the message's own counts more than its templates'. */
export interface KeptPolicy {
  readonly template?: PolicyOverride;
  readonly message?: PolicyOverride;
  /** Set where the message's expiry comes from a policy, and not from its sender's `expires_at`. */
  readonly expires_after?: number;
}

export interface PolicyBounds {
  /** Attempts on one channel. */
  readonly maxAttempts: number;
  readonly minDelaySeconds: number;
  readonly maxDelaySeconds: number;
}

/** Most that a template or a message may ask for as a limit on "later". */
export const MAX_THROTTLE_LIMIT = 1000;
/** A year. */
export const MAX_EXPIRES_AFTER_SECONDS = 365 * 24 * 3600;

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

export const DEFAULT_POLICY_BOUNDS: PolicyBounds = { maxAttempts: 20, minDelaySeconds: 1, maxDelaySeconds: 24 * 3600 };

/** The policy of one message: the configuration, then its priority's, its template's and its own. */
export function mergePolicy(rules: PolicyRules, priority: Priority, kept: KeptPolicy | null): Policy {
  const merged = (channel: Channel): ChannelPolicy => ({
    ...rules.channels[channel],
    ...rules.priorities?.[priority]?.channels?.[channel],
    ...onChannel(channel, kept?.template),
    ...onChannel(channel, kept?.message),
  });
  return {
    channels: { whatsapp: merged('whatsapp'), email: merged('email'), sms: merged('sms') },
    onUncertain: rules.onUncertain,
    operatorWindowSeconds: rules.operatorWindowSeconds,
  };
}

/** After how many seconds a message expires whose sender does not say; null for never. */
export function defaultExpirySeconds(rules: PolicyRules, priority: Priority, kept: KeptPolicy): number | null {
  const configured = rules.priorities?.[priority]?.expiresAfterSeconds;
  return kept.message?.expires_after ?? kept.template?.expires_after ?? configured ?? null;
}

function onChannel(channel: Channel, override: PolicyOverride | undefined): Partial<ChannelPolicy> {
  const wanted: ChannelOverride = { ...override, ...override?.channels?.[channel] };
  const { retry_delays, throttle_limit, throttle_delay, uncertain_limit, on_uncertain } = wanted;
  return {
    ...(retry_delays !== undefined && { retryDelaysSeconds: retry_delays }),
    ...(throttle_limit !== undefined && { throttleLimit: throttle_limit }),
    ...(throttle_delay !== undefined && { throttleDelaySeconds: throttle_delay }),
    ...(uncertain_limit !== undefined && { uncertainLimit: uncertain_limit }),
    ...(on_uncertain !== undefined && { onUncertain: on_uncertain }),
  };
}
