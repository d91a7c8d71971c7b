import type { Labels } from '../domain/plan.ts';
import { changeableMemo, type DeliverMessageInput } from '../workflows/contract.ts';

interface StartLabels extends Labels {
  /** The id of the API key that sent the message. */
  readonly fairnessKey?: string | null;
  readonly batchId?: string | null;
}

/** What the Temporal UI shows under Memo: what leads from a message's workflow to the rest of the service. No personal data. */
export function messageMemo({ messageId, plan }: DeliverMessageInput, labels: StartLabels): Record<string, unknown> {
  const { fairnessKey: apiKeyId = null, batchId = null } = labels;
  const { templateName, ...changeable } = changeableMemo(plan, labels);
  return {
    messageId,
    resource: `/api/messages/${messageId}/`,
    ...changeable,
    ...(templateName !== null && { templateName }),
    ...(apiKeyId !== null && { apiKeyId }),
    ...(batchId !== null && { batchId }),
  };
}
