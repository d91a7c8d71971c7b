import type { Priority } from '../domain/statuses.ts';
import type { DeliverMessageInput } from '../workflows/contract.ts';

interface Labels {
  readonly templateName: string | null;
  readonly priority: Priority;
  /** The id of the API key that sent the message. */
  readonly fairnessKey?: string | null;
  readonly batchId?: string | null;
}

/** What the Temporal UI shows under Memo: what leads from a message's workflow to the rest of the service. No personal data. */
export function messageMemo({ messageId, plan }: DeliverMessageInput, labels: Labels): Record<string, unknown> {
  const { templateName, priority, fairnessKey: apiKeyId = null, batchId = null } = labels;
  return {
    messageId,
    resource: `/api/messages/${messageId}/`,
    plan: plan.channels.join(' → '),
    priority,
    ...(templateName !== null && { templateName }),
    ...(apiKeyId !== null && { apiKeyId }),
    ...(batchId !== null && { batchId }),
  };
}
