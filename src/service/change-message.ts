import { insertAuditEntry } from '../db/audit-log.ts';
import { findForDispatch } from '../db/dispatch.ts';
import { lockMessage, type MessageRow, updateMessage } from '../db/messages.ts';
import { findRecipient } from '../db/recipients.ts';
import type { MessageBody } from '../domain/message-body.ts';
import { addressOn } from '../domain/recipient.ts';
import { TemporalUnavailable } from '../temporal/gateway.ts';
import { templateColumns } from './accept-message.ts';
import type { Caller, ServiceContext } from './context.ts';
import type { MessageContentInput } from './message-input.ts';
import { bodyContext, getMessage, type MessageDetail } from './message-view.ts';
import { planContent } from './plan-content.ts';
import { planFaults, timeFaults } from './plan-rules.ts';
import { openRecipient } from './recipients.ts';
import { notFound, refuseFaults, ServiceError } from './service-error.ts';
import { planOf, workflowInput, workflowLabels } from './workflow-input.ts';

/** What is left out stays as it is. */
export type MessageChangeInput = Partial<Omit<MessageContentInput, 'replyTo' | 'mediaUrl'>>;

/**
 * Changes a message that nothing has been sent of yet, and tells its workflow.
 * @param expectedTag the entity tag that the caller has seen; null where it does not matter
 * @throws {ServiceError} invalid, not_found, conflict where it is too late, stale where somebody else was first
 */
export async function changeMessage(
  context: ServiceContext,
  caller: Caller,
  id: string,
  change: MessageChangeInput,
  isExpected: (row: MessageRow) => boolean,
): Promise<MessageDetail> {
  await context.db.transaction().execute(async (db) => {
    const row = await lockMessage(db, id);
    if (row === undefined) throw notFound('message');
    if (!isExpected(row)) {
      throw new ServiceError('stale', 'stale', 'The message has changed since; read it again.');
    }
    refuseLateChange(row);
    const body = context.sealer.open<MessageBody>(row.body_sealed as Buffer, bodyContext(id));
    const input = { ...currentInput(row, body), ...change };
    if (change.content !== undefined && change.template === undefined) input.template = null;
    if (change.template !== undefined && change.template !== null && change.content === undefined) input.content = null;
    const faults = [
      ...planFaults(input),
      ...timeFaults({ ...input, sendAt: change.sendAt ?? null }, row.expires_at, new Date()),
    ];
    const recipientRow = await findRecipient(db, row.recipient_id);
    if (recipientRow === undefined) throw notFound('recipient');
    const recipient = openRecipient(context.sealer, recipientRow);
    const planned = await planContent(db, input, recipient);
    faults.push(...planned.faults);
    if (addressOn(input.channel, recipient) === null) {
      const message = `The recipient has no address for ${input.channel}.`;
      faults.push({ pointer: '/channel', code: 'no_address', message });
    }
    refuseFaults(faults);
    const first = planned.variants.get(input.channel);
    const { content, subject, html, variables } = input;
    await updateMessage(db, id, {
      channel: input.channel,
      channels: [input.channel, ...input.fallbackChannels],
      body_sealed: context.sealer.seal({ ...body, content, subject, html, variables }, bodyContext(id)),
      ...templateColumns(planned),
      template_id: first?.id ?? null,
      template_name: first?.name ?? null,
      template_version: first?.version ?? null,
      waiting_for: input.sendAt !== null && input.sendAt > new Date() ? 'schedule' : null,
      priority: input.priority,
      send_at: input.sendAt,
    });
    await insertAuditEntry(db, {
      ...{ actor: caller.actor, action: 'message.changed', resourceType: 'message', resourceId: id },
      detail: { fields: Object.keys(change).sort().join(',') },
    });
  });
  await tellWorkflow(context, id);
  return await getMessage(context, id);
}

function refuseLateChange(row: MessageRow): void {
  const isOpen = row.status === 'pending' && row.cancel_requested_at === null;
  if (isOpen && row.calling_attempt_id === null) return;
  const message = isOpen
    ? 'The message is being handed to its provider right now.'
    : `The message is ${row.cancel_requested_at === null ? row.status : 'cancelled'} and cannot be changed any more.`;
  throw new ServiceError('conflict', isOpen ? 'sending' : 'not_pending', message);
}

function currentInput(
  row: MessageRow,
  body: MessageBody,
): MessageContentInput & { template: string | null; content: string | null } {
  const [, ...fallbackChannels] = row.channels;
  return {
    ...{ channel: row.channel, fallbackChannels: fallbackChannels.filter((channel) => channel !== row.channel) },
    ...{ content: body.content, subject: body.subject, html: body.html, variables: body.variables },
    ...{ template: row.template_id, mediaUrl: body.mediaUrl, replyTo: body.replyTo },
    ...{ priority: row.priority, sendAt: row.send_at },
  };
}

/** The workflow would see the change at its next step anyway; the signal matters where it sleeps until a later time. */
async function tellWorkflow({ db, gateway, policy, telemetry }: ServiceContext, id: string): Promise<void> {
  const row = await findForDispatch(db, id);
  if (row === undefined) return;
  try {
    const signal = { name: 'planChanged', argument: { plan: planOf(row) } } as const;
    await gateway.signal(signal, workflowInput(row, policy), workflowLabels(row));
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    telemetry.dispatchFailed({ messageId: id, error });
  }
}
