import type { DispatchRow } from '../db/dispatch.ts';
import { planOfRow } from '../db/plan-of-row.ts';
import type { Failure } from '../domain/failures.ts';
import { mergePolicy, type PolicyRules } from '../domain/policy.ts';

/** What a message's workflow needs to know, from the message's row: ids, channels, codes and times, nothing personal. */
export function workflowInput(row: DispatchRow, rules: PolicyRules) {
  const { status, channel, channel_attempts: attempts } = row;
  const hasBegun = row.status !== 'pending' || row.attempt_count > 0;
  const failure: Failure | null = row.error_code === null ? null : { kind: 'rejected', code: row.error_code };
  return {
    messageId: row.id,
    plan: planOfRow(row),
    policy: mergePolicy(rules, row.priority, row.policy),
    past: hasBegun ? { ...{ status, channel, failure, attempts }, isAcknowledged: row.is_acknowledged } : null,
  };
}

/** What tells a workflow that the sender has changed its message. */
export function planChangedSignal(row: DispatchRow, rules: PolicyRules) {
  const { template_name: templateName, priority } = row;
  const policy = mergePolicy(rules, priority, row.policy);
  return {
    name: 'planChanged',
    argument: { plan: planOfRow(row), policy, labels: { templateName, priority } },
  } as const;
}

export function workflowLabels(row: DispatchRow) {
  const { template_name: templateName, priority, api_key_id: fairnessKey, batch_id: batchId } = row;
  return { templateName, priority, fairnessKey, batchId };
}
