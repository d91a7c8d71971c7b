import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { inject } from 'vitest';
import type { TemporalAddress } from '../../src/temporal/connect.ts';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.ts';

/** The least that Temporal takes, in seconds. */
const RETENTION_SECONDS = 86_400;

/** A namespace of one's own, so that no worker of another test picks up the workflows of this one. */
export async function createTemporalNamespace(): Promise<TemporalAddress> {
  const address = inject('temporalAddress');
  const namespace = `test-${randomBytes(8).toString('hex')}`;
  const connection = await Connection.connect({ address });
  try {
    // The generated type asks for a Long; a number is read as well.
    const seconds = RETENTION_SECONDS as never;
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds } });
  } finally {
    await connection.close();
  }
  const temporal = { address, namespace, tls: false, apiKey: null };
  await ensureSearchAttributes(temporal);
  return temporal;
}
