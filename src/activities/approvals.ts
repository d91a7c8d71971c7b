import type { Approval, ApprovalSource, DeliveryFailure } from '../channels/channel.ts';
import { keepApproval, listDueApprovals } from '../db/whatsapp-approvals.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** What is approved seldom changes; what is waiting for approval is asked for at each run. */
const AGES = { approvedSeconds: 6 * 3600, otherSeconds: 240 };
const BATCH = 200;

const MISSING: Approval = { status: 'missing', category: null, rejectionReason: null };

/**
 * Asks WhatsApp for the approval of the templates in use, and keeps what it says.
 * @returns how many were asked for
 */
export async function refreshApprovals({ db, approvals, telemetry }: ActivityDependencies): Promise<number> {
  if (approvals === null) return 0;
  const due = await listDueApprovals(db, AGES, BATCH);
  for (const { content_sid, status: before } of due) {
    const approval = await ask(approvals, content_sid);
    if (approval === null) continue;
    const { status, category, rejectionReason } = approval;
    await keepApproval(db, { content_sid, status, category, rejection_reason: rejectionReason });
    if (status !== before) telemetry.approvalChanged({ contentSid: content_sid, status });
  }
  return due.length;
}

/** Null where the provider cannot be asked now. */
async function ask(approvals: ApprovalSource, contentSid: string): Promise<Approval | null> {
  try {
    return await approvals.fetchApproval(contentSid);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DeliveryFailure') throw error;
    const { code } = error as DeliveryFailure;
    return code === 'twilio_20404' || code === 'twilio_http_404' ? MISSING : null;
  }
}
