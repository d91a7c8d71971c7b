/** Where each value is sealed for. Writers and readers of a value take its place from here: another one does not open. */
export const sealedPlaces = {
  messageBody: (messageId: string) => `messages.body:${messageId}`,
  recipientDetails: (recipientId: string) => `recipients.details:${recipientId}`,
  attemptOutgoing: (attemptId: string) => `attempts.outgoing:${attemptId}`,
  attachmentDetails: (attachmentId: string) => `attachments.details:${attachmentId}`,
  bulkActionFilter: (bulkActionId: string) => `bulk_actions.filter:${bulkActionId}`,
  bulkActionNote: (bulkActionId: string) => `bulk_actions.note:${bulkActionId}`,
  receiptRaw: (receiptId: string) => `receipts.raw:${receiptId}`,
  inboundContent: (inboundId: string) => `inbound.content:${inboundId}`,
  attachmentContent: (attachmentId: string) => `attachments.content:${attachmentId}`,
  attachmentChunk: (attachmentId: string, position: number) => `attachments.chunk:${attachmentId}:${position}`,
} as const;
