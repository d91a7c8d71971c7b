import type { DispatchRow } from '../db/dispatch.ts';
import type { Failure } from '../domain/failures.ts';
import type { Plan } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';

/** What a message's workflow needs to know, from the message's row: ids, channels, codes and times, nothing personal. */
export function workflowInput(row: DispatchRow, policy: Policy) {
  const hasBegun = row.status !== 'pending' || row.attempt_count > 0;
  const failure: Failure | null = row.error_code === null ? null : { kind: 'rejected', code: row.error_code };
  return {
    messageId: row.id,
    plan: planOf(row),
    policy,
    past: hasBegun ? { status: row.status, channel: row.channel, failure } : null,
  };
}

export function workflowLabels(row: DispatchRow) {
  return { templateName: row.template_name, priority: row.priority };
}

export function planOf(row: Omit<DispatchRow, 'attempt_count'>): Plan {
  return {
    revision: row.plan_revision,
    channels: row.channels,
    sendAt: row.send_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    escalateAfterSeconds: row.escalate_after_seconds,
    until: row.until,
  };
}
