import type { Channel } from '../domain/channels.ts';
import type { Sealer } from './sealer.ts';

/** The hash by which an address is found on its channel; email addresses are compared without regard to case. */
export function addressHash(sealer: Sealer, channel: Channel, address: string): Buffer {
  return sealer.lookupHash(channel, channel === 'email' ? address.toLowerCase() : address);
}
