import { randomBytes } from 'node:crypto';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import type { Database } from '../../src/db/database.ts';
import { createSealer } from '../../src/db/sealer.ts';
import { createLinkSigner } from '../../src/links/link-signer.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { freeRules } from '../support/free-rules.ts';

/** What activities work with, silent and free, with the given parts in place of the plain ones. */
export function activityDependencies(db: Database, parts: Partial<ActivityDependencies> = {}): ActivityDependencies {
  const key = randomBytes(32);
  return {
    db,
    sealer: createSealer([{ id: 'test', key: randomBytes(32) }], key),
    channels: {},
    rules: freeRules(),
    links: createLinkSigner(key, 'https://messages.example.com'),
    bills: null,
    approvals: null,
    telemetry: createTelemetry({ service: 'worker', level: 'silent' }),
    ...parts,
  };
}
