import { randomBytes } from 'node:crypto';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import type { Database } from '../../src/db/database.ts';
import { createSealer } from '../../src/db/sealer.ts';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { DEFAULT_RETENTION_RULES } from '../../src/domain/retention.ts';
import { createLinkSigner } from '../../src/links/link-signer.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { freeRules } from '../support/free-rules.ts';

const ENDED = { status: 'completed', matched: 0, done: 0, refused: {} } as const;

/** What activities work with, silent and free, with the given parts in place of the plain ones. */
export function activityDependencies(db: Database, parts: Partial<ActivityDependencies> = {}): ActivityDependencies {
  const key = randomBytes(32);
  return {
    db,
    sealer: createSealer([{ id: 'test', key: randomBytes(32) }], key),
    channels: {},
    rules: freeRules(),
    policy: DEFAULT_POLICY,
    retention: DEFAULT_RETENTION_RULES,
    links: createLinkSigner(key, 'https://messages.example.com'),
    bills: null,
    approvals: null,
    bulkActions: { step: async () => ENDED, stop: async () => ENDED },
    reconciler: async () => ({ healed: 0, next: null }),
    telemetry: createTelemetry({ service: 'worker', level: 'silent' }),
    ...parts,
  };
}
