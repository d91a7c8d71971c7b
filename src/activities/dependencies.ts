import type { ChannelAdapter } from '../channels/channel.ts';
import type { Database } from '../db/database.ts';
import type { Sealer } from '../db/sealer.ts';
import type { Channel } from '../domain/channels.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** What the activities work with; the composition root gives it. */
export interface ActivityDependencies {
  readonly db: Database;
  readonly sealer: Sealer;
  /** Only the channels that have credentials. */
  readonly channels: Partial<Record<Channel, ChannelAdapter>>;
  readonly telemetry: Telemetry;
}
