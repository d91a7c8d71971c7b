/** Where each value is sealed for. Writers and readers of a value take its place from here: another one does not open. */
export const sealedPlaces = {
  messageBody: (messageId: string) => `messages.body:${messageId}`,
  recipientDetails: (recipientId: string) => `recipients.details:${recipientId}`,
  attemptOutgoing: (attemptId: string) => `attempts.outgoing:${attemptId}`,
  attachmentDetails: (attachmentId: string) => `attachments.details:${attachmentId}`,
  attachmentContent: (attachmentId: string) => `attachments.content:${attachmentId}`,
} as const;
