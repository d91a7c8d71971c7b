import type { Channel } from '../domain/channels.ts';
import { isOptedOut, type OptOut } from '../domain/opt-outs.ts';
import { addressOn, type RecipientDetails } from '../domain/recipient.ts';
import type { Fault, Warning } from './service-error.ts';

/** What decides whether a person can be written to. */
export interface Reach {
  readonly details: RecipientDetails;
  readonly optOuts: readonly OptOut[];
}

/** Why messages of a category (null where that is not known) must not go to a person on a channel; null if they may. */
export function whyNotOn(
  channel: Channel,
  { details, optOuts }: Reach,
  category: string | null,
): Omit<Fault, 'pointer'> | null {
  if (addressOn(channel, details) === null) {
    return { code: 'no_address', message: `The recipient has no address for ${channel}.` };
  }
  if (isOptedOut(optOuts, channel, category)) {
    return { code: 'opted_out', message: `The recipient has opted out of such messages on ${channel}.` };
  }
  return null;
}

/** What stands in the way on each channel of a plan: a fault on the first one, a warning on a fallback. */
export function reachFaults(
  plan: { readonly channel: Channel; readonly fallbackChannels: readonly Channel[] },
  reach: Reach,
  category: string | null,
): { faults: Fault[]; warnings: Warning[] } {
  const reason = whyNotOn(plan.channel, reach, category);
  const warnings = plan.fallbackChannels.flatMap((channel, index) => {
    const why = whyNotOn(channel, reach, category);
    return why === null ? [] : [{ pointer: `/fallback_channels/${index}`, ...why, channel }];
  });
  return { faults: reason === null ? [] : [{ pointer: '/channel', ...reason }], warnings };
}
