import type { Channel } from '../domain/channels.ts';
import type { Plan } from '../domain/plan.ts';
import type { EscalationGoal } from '../domain/statuses.ts';

export interface PlanColumns {
  plan_revision: number;
  channels: Channel[];
  send_at: Date | null;
  expires_at: Date | null;
  escalate_after_seconds: number | null;
  until: EscalationGoal | null;
  rounds: number | null;
}

/** The delivery plan that a message's columns say. */
export function planOfRow(row: PlanColumns): Plan {
  return {
    revision: row.plan_revision,
    channels: row.channels,
    sendAt: row.send_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    escalateAfterSeconds: row.escalate_after_seconds,
    until: row.until,
    ...(row.rounds !== null && { rounds: row.rounds }),
  };
}
