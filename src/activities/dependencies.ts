import type { ApprovalSource, BillSource, ChannelAdapter } from '../channels/channel.ts';
import type { Database } from '../db/database.ts';
import type { Sealer } from '../db/sealer.ts';
import type { BulkActionProgress } from '../domain/bulk-actions.ts';
import type { Channel } from '../domain/channels.ts';
import type { PolicyRules } from '../domain/policy.ts';
import type { RetentionRules } from '../domain/retention.ts';
import type { SendingRules } from '../domain/sending-rules.ts';
import type { LinkSigner } from '../links/link-signer.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ReconcileCursor, ReconcileResult } from './contract.ts';

/** Compares messages with their workflows, and heals what differs. */
export type Reconciler = (cursor: ReconcileCursor) => Promise<ReconcileResult>;

/** The verbs of a running bulk action. */
export interface BulkActionSteps {
  /** Does its next messages, or ends it; tells after each message that it is alive. */
  step(bulkActionId: string, onProgress: () => void): Promise<BulkActionProgress>;
  /** Ends it. */
  stop(bulkActionId: string): Promise<BulkActionProgress>;
}

/** What the activities work with; the composition root gives it. */
export interface ActivityDependencies {
  readonly db: Database;
  readonly sealer: Sealer;
  /** Only the channels that have credentials. */
  readonly channels: Partial<Record<Channel, ChannelAdapter>>;
  readonly rules: SendingRules;
  readonly policy: PolicyRules;
  readonly retention: RetentionRules;
  readonly links: LinkSigner;
  /** Null where no channel is billed by the piece. */
  readonly bills: BillSource | null;
  /** Null where there is no WhatsApp. */
  readonly approvals: ApprovalSource | null;
  readonly reconciler: Reconciler;
  readonly bulkActions: BulkActionSteps;
  readonly telemetry: Telemetry;
}
