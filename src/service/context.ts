import type { Database } from '../db/database.ts';
import type { Sealer } from '../db/sealer.ts';
import type { PolicyRules } from '../domain/policy.ts';
import type { RetentionRules } from '../domain/retention.ts';
import type { SendingRules } from '../domain/sending-rules.ts';
import type { LinkSigner } from '../links/link-signer.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Gateway } from '../temporal/gateway.ts';
import type { Dispatcher } from './dispatcher.ts';

/** What the verbs work with. */
export interface ServiceContext {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly gateway: Gateway;
  readonly dispatcher: Dispatcher;
  readonly policy: PolicyRules;
  readonly telemetry: Telemetry;
  readonly rules: SendingRules;
  readonly retention: RetentionRules;
  readonly links: LinkSigner;
}

/** Who does something, for the timeline and the audit log. */
export interface Caller {
  /** Null where no API key is involved. */
  readonly apiKeyId: string | null;
  /** Such as `key:0198…`. */
  readonly actor: string;
  /** What they may do. */
  readonly scopes: readonly string[];
}

/** Runs in the transaction of a verb, just before it commits: what it writes is kept exactly if the verb's work is. */
export type BeforeCommit<Result> = (db: Database, result: Result) => Promise<void>;
