import type { Approval, ApprovalSource } from '../channels/channel.ts';
import { keepApproval, listDueApprovals } from '../db/whatsapp-approvals.ts';
import { asDeliveryFailure } from './delivery-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** What is approved seldom changes; what is waiting for approval is asked for at each run. */
const AGES = { approvedSeconds: 6 * 3600, otherSeconds: 240 };
const BATCH = 200;
/** After so many questions without an answer a run ends; the next one goes on. */
const MAX_FAILURES = 3;

const MISSING: Approval = { status: 'missing', category: null, rejectionReason: null };

/**
 * Asks WhatsApp for the approval of the templates in use, and keeps what it says.
 * @returns how many were asked for
 */
export async function refreshApprovals({ db, approvals, telemetry }: ActivityDependencies): Promise<number> {
  if (approvals === null) return 0;
  let asked = 0;
  let failures = 0;
  for (const { content_sid, status: before } of await listDueApprovals(db, AGES, BATCH)) {
    const approval = await ask(approvals, content_sid);
    asked += 1;
    if (approval instanceof Error) {
      telemetry.stepFailed({ step: 'fetch_approval', messageId: null, error: approval });
      failures += 1;
      if (failures === MAX_FAILURES) break;
      continue;
    }
    const { status, category, rejectionReason } = approval;
    await keepApproval(db, { content_sid, status, category, rejection_reason: rejectionReason });
    if (status !== before) telemetry.approvalChanged({ contentSid: content_sid, status });
  }
  return asked;
}

/** What the provider says, or why it cannot be asked now. */
async function ask(approvals: ApprovalSource, contentSid: string): Promise<Approval | Error> {
  try {
    return await approvals.fetchApproval(contentSid);
  } catch (error) {
    const failure = asDeliveryFailure(error);
    return failure.code === 'twilio_20404' || failure.code === 'twilio_http_404' ? MISSING : failure;
  }
}
