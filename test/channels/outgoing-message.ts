import { randomUUID } from 'node:crypto';
import type { OutgoingMessage } from '../../src/channels/channel.ts';

type Parts = Partial<Omit<OutgoingMessage, 'content'>> & { to: string; content?: Partial<OutgoingMessage['content']> };

/** A plain message to an address, with the given parts in place of the plain ones. */
export function outgoingMessage({ content, ...parts }: Parts): OutgoingMessage {
  const messageId = parts.messageId ?? randomUUID();
  const attemptId = parts.attemptId ?? randomUUID();
  return {
    ...{ messageId, attemptId, firstAttemptId: attemptId },
    toName: null,
    replyTo: null,
    attachments: [],
    ...{ sender: 'default', expiresAt: null, templateName: null, category: 'transactional', headers: {} },
    ...{ unsubscribeUrl: null, returnPathTag: null },
    ...parts,
    content: {
      ...{ text: 'Your table is ready.', subject: null, html: null, mediaUrl: null },
      ...{ contentSid: null, contentVariables: null, interactive: null, ...content },
    },
  };
}
