import { Client, Connection } from '@temporalio/client';
import { vi } from 'vitest';

/** Everything that Temporal shows of the workflows of one id. */
export interface TemporalView {
  /** Each run's complete history. */
  readonly histories: unknown[];
  /** Each run's memo, search attributes, summary and state. */
  readonly descriptions: unknown[];
  /** What the Temporal UI asks the workflow itself: its current details and its signals. */
  readonly details: unknown[];
}

export async function viewWorkflows(address: string, workflowId: string, runs: number): Promise<TemporalView> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    const runIds = await vi.waitUntil(
      async () => {
        const ids: string[] = [];
        for await (const { runId } of workflow.list({ query: `WorkflowId = "${workflowId}"` })) ids.push(runId);
        return ids.length >= runs && ids;
      },
      { timeout: 10_000, interval: 200 },
    );
    const handles = runIds.map((runId) => workflow.getHandle(workflowId, runId));
    return {
      histories: await Promise.all(handles.map((handle) => handle.fetchHistory())),
      descriptions: await Promise.all(handles.map((handle) => handle.describe())),
      details: await Promise.all(handles.map((handle) => handle.query('__temporal_workflow_metadata'))),
    };
  } finally {
    await connection.close();
  }
}
