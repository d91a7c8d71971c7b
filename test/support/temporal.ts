import { readFile } from 'node:fs/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { inject } from 'vitest';
import type { TemporalAddress } from '../../src/temporal/connect.ts';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

/** Keeps what the SDK says of its normal work out of the test report. Once per process, before anything else of the SDK. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR' } },
    shutdownSignals: [],
  });
}

/** A Temporal server that jumps over every wait once it is told to; its clock is its own. One per test file. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const path = inject('testServerPath');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name }) => [name, KEYWORD])),
  });
  return environment;
}

/** How the service's own parts reach a test server. */
export function addressOf({ address }: TestWorkflowEnvironment): TemporalAddress {
  return { address, namespace: 'default', tls: false, apiKey: null };
}

/** The workflows, bundled once for all tests of a run. */
export async function bundledWorkflows(): Promise<{ code: string }> {
  return { code: await readFile(inject('workflowBundlePath'), 'utf8') };
}
