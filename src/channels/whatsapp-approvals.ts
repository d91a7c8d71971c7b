import type { ApprovalSource } from './channel.ts';
import { createTwilioClient, type TwilioOptions } from './twilio-client.ts';

/** Asks Twilio for the approval of content templates (https://www.twilio.com/docs/content/content-api-resources). */
export function createWhatsappApprovals(options: TwilioOptions): ApprovalSource & { close(): void } {
  const client = createTwilioClient(options);
  return {
    async fetchApproval(contentSid) {
      const { whatsapp } = await client.sdk.content.v1.contents(contentSid).approvalFetch().fetch();
      const { status, category, rejection_reason } = (whatsapp ?? {}) as Record<string, unknown>;
      return {
        status: textOf(status) ?? 'unsubmitted',
        category: textOf(category),
        rejectionReason: textOf(rejection_reason),
      };
    },
    close: () => client.close(),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
