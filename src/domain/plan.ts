import type { Channel } from './channels.ts';
import type { EscalationGoal, Priority } from './statuses.ts';

/** How often the channels of a plan are gone through until somebody acknowledges, where its sender does not say. */
export const DEFAULT_ROUNDS = 3;
export const MAX_ROUNDS = 10;

/** What a message's workflow is found by, and how urgent it is. Its sender may change both. */
export interface Labels {
  readonly templateName: string | null;
  readonly priority: Priority;
}

/** How one message is to reach its person. Times are RFC 3339 in UTC. */
export interface Plan {
  /** Grows with each change by the sender, so that a workflow can tell that its copy is stale. */
  readonly revision: number;
  /** The channel to start with, then the fallbacks in order; never empty, no channel twice. */
  readonly channels: readonly Channel[];
  readonly sendAt: string | null;
  readonly expiresAt: string | null;
  /** How long to wait for what `until` names before the next channel is tried, in seconds. */
  readonly escalateAfterSeconds: number | null;
  readonly until: EscalationGoal | null;
  /** How often the channels are gone through until somebody acknowledges; once where this is left out. */
  readonly rounds?: number;
}
