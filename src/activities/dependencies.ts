import type { ApprovalSource, BillSource, ChannelAdapter } from '../channels/channel.ts';
import type { Database } from '../db/database.ts';
import type { Sealer } from '../db/sealer.ts';
import type { Channel } from '../domain/channels.ts';
import type { SendingRules } from '../domain/sending-rules.ts';
import type { LinkSigner } from '../links/link-signer.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** What the activities work with; the composition root gives it. */
export interface ActivityDependencies {
  readonly db: Database;
  readonly sealer: Sealer;
  /** Only the channels that have credentials. */
  readonly channels: Partial<Record<Channel, ChannelAdapter>>;
  readonly rules: SendingRules;
  readonly links: LinkSigner;
  /** Null where no channel is billed by the piece. */
  readonly bills: BillSource | null;
  /** Null where there is no WhatsApp. */
  readonly approvals: ApprovalSource | null;
  readonly telemetry: Telemetry;
}
