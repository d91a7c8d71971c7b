import type { TemplateRow } from '../db/templates.ts';
import { CHANNELS, type Channel } from '../domain/channels.ts';
import { jsonPointer } from '../domain/json-pointer.ts';
import {
  type ChannelOverride,
  DEFAULT_POLICY_BOUNDS,
  defaultExpirySeconds,
  type KeptPolicy,
  type PolicyBounds,
  type PolicyOverride,
  type PolicyRules,
} from '../domain/policy.ts';
import type { Priority } from '../domain/statuses.ts';
import type { Fault } from './service-error.ts';

/** What is beyond the configured bounds in what a template or a message wants to be different. */
export function policyFaults({ bounds = DEFAULT_POLICY_BOUNDS }: PolicyRules, policy: PolicyOverride | null): Fault[] {
  if (policy === null) return [];
  const { channels = {} } = policy;
  return [
    ...overrideFaults(bounds, policy, '/policy'),
    ...CHANNELS.flatMap((channel) =>
      overrideFaults(bounds, channels[channel] ?? {}, `/policy/channels${jsonPointer(channel)}`),
    ),
  ];
}

function overrideFaults(bounds: PolicyBounds, override: ChannelOverride, pointer: string): Fault[] {
  const { retry_delays: delays = [], throttle_delay, uncertain_limit } = override;
  const { maxAttempts } = bounds;
  const faults: Fault[] = [];
  if (delays.length >= maxAttempts) {
    const message = `At most ${maxAttempts} attempts are made on a channel, which is ${maxAttempts - 1} delays.`;
    faults.push({ pointer: `${pointer}/retry_delays`, code: 'too_many_attempts', message });
  }
  for (const [index, delay] of delays.entries()) {
    faults.push(...delayFaults(bounds, delay, `${pointer}/retry_delays/${index}`));
  }
  if (throttle_delay !== undefined) faults.push(...delayFaults(bounds, throttle_delay, `${pointer}/throttle_delay`));
  if (uncertain_limit !== undefined && uncertain_limit > maxAttempts) {
    const message = `At most ${maxAttempts} attempts are made on a channel.`;
    faults.push({ pointer: `${pointer}/uncertain_limit`, code: 'too_many_attempts', message });
  }
  return faults;
}

function delayFaults({ minDelaySeconds, maxDelaySeconds }: PolicyBounds, delay: number, pointer: string): Fault[] {
  if (delay >= minDelaySeconds && delay <= maxDelaySeconds) return [];
  const message = `A delay is from ${minDelaySeconds} to ${maxDelaySeconds} seconds.`;
  return [{ pointer, code: delay < minDelaySeconds ? 'delay_too_short' : 'delay_too_long', message }];
}

/** What decides about the patience with a message, beside the configuration. */
export interface PolicySources {
  readonly channel: Channel;
  readonly priority: Priority;
  /** The message's own. */
  readonly policy: PolicyOverride | null;
  readonly variants: ReadonlyMap<Channel, Pick<TemplateRow, 'policy'>>;
  /** What the sender said; null where they said nothing. */
  readonly expiresAt: Date | null;
  /** From when on a message may be sent; a policy's expiry counts from here. */
  readonly from: Date;
}

/** What a message keeps of its policy and its expiry; the templates' words are fixed with it. */
export function keepPolicy(
  rules: PolicyRules,
  { channel, priority, policy, variants, expiresAt, from }: PolicySources,
): { policy: KeptPolicy | null; expires_at: Date | null } {
  const kept: KeptPolicy = { ...templatePolicy(variants, channel), ...(policy !== null && { message: policy }) };
  const seconds = expiresAt === null ? defaultExpirySeconds(rules, priority, kept) : null;
  if (seconds === null) return { policy: Object.keys(kept).length === 0 ? null : kept, expires_at: expiresAt };
  return { policy: { ...kept, expires_after: seconds }, expires_at: new Date(from.getTime() + seconds * 1000) };
}

/** Each variant decides for its own channel; the first one's expiry goes for the message. */
function templatePolicy(variants: PolicySources['variants'], first: Channel): Pick<KeptPolicy, 'template'> {
  const channels: Partial<Record<Channel, ChannelOverride>> = {};
  for (const [channel, { policy }] of variants) {
    if (policy === null) continue;
    const { expires_after: _, ...override } = policy;
    channels[channel] = override;
  }
  const expiresAfter = variants.get(first)?.policy?.expires_after;
  if (Object.keys(channels).length === 0) return {};
  return { template: { channels, ...(expiresAfter !== undefined && { expires_after: expiresAfter }) } };
}
