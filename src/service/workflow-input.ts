import type { DispatchRow } from '../db/dispatch.ts';
import { planOfRow } from '../db/plan-of-row.ts';
import type { Failure } from '../domain/failures.ts';
import type { Policy } from '../domain/policy.ts';

/** What a message's workflow needs to know, from the message's row: ids, channels, codes and times, nothing personal. */
export function workflowInput(row: DispatchRow, policy: Policy) {
  const hasBegun = row.status !== 'pending' || row.attempt_count > 0;
  const failure: Failure | null = row.error_code === null ? null : { kind: 'rejected', code: row.error_code };
  return {
    messageId: row.id,
    plan: planOfRow(row),
    policy,
    past: hasBegun ? { status: row.status, channel: row.channel, failure, attempts: row.channel_attempts } : null,
  };
}

export function workflowLabels(row: DispatchRow) {
  return { templateName: row.template_name, priority: row.priority };
}
