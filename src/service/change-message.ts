import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { findForDispatch } from '../db/dispatch.ts';
import { lockMessage, type MessageRow, updateMessage } from '../db/messages.ts';
import { findRecipient } from '../db/recipients.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { MessageBody } from '../domain/message-body.ts';
import type { PolicyOverride, PolicyRules } from '../domain/policy.ts';
import { TemporalUnavailable } from '../temporal/gateway.ts';
import { acknowledgePlaceholder } from './acknowledge-faults.ts';
import type { Caller, ServiceContext } from './context.ts';
import type { MessageContentInput } from './message-input.ts';
import { getMessage, type MessageDetail } from './message-view.ts';
import { type PlannedContent, planContent, templateColumns } from './plan-content.ts';
import { isLater, planFaults, timeFaults } from './plan-rules.ts';
import { keepPolicy, policyFaults } from './policy-rules.ts';
import { reachFaults } from './reach.ts';
import { openRecipient } from './recipient-record.ts';
import { notFound, refuseFaults, ServiceError } from './service-error.ts';
import { refuseSpentDay, smsFaults } from './sms-faults.ts';
import { readTemplates } from './template-reader.ts';
import { planChangedSignal, workflowInput, workflowLabels } from './workflow-input.ts';

/** What is left out stays as it is. */
export type MessageChangeInput = Partial<Omit<MessageContentInput, 'replyTo' | 'mediaUrl'>> & {
  /** Null for none of its own any more. */
  readonly policy?: PolicyOverride | null;
};

/**
 * Changes a message that nothing has been sent of yet, and tells its workflow.
 * @param isExpected whether the message is still as the caller has seen it
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
    await storeChange(context, db, row, change);
    await insertAuditEntry(db, {
      ...{ actor: caller.actor, action: 'message.changed', resourceType: 'message', resourceId: id },
      detail: { fields: Object.keys(change).sort().join(',') },
    });
  });
  await tellWorkflow(context, id);
  return await getMessage(context, id);
}

async function storeChange(
  { sealer, rules, links, policy }: ServiceContext,
  db: Database,
  row: MessageRow,
  change: MessageChangeInput,
): Promise<void> {
  const body = sealer.open<MessageBody>(row.body_sealed as Buffer, sealedPlaces.messageBody(row.id));
  const input = changedInput(row, body, change);
  const recipientRow = await findRecipient(db, row.recipient_id);
  if (recipientRow === undefined) throw notFound('recipient');
  const recipient = openRecipient(sealer, recipientRow);
  const worded = { ...input, interactive: body.interactive ?? null };
  const planned = await planContent(readTemplates(db), worded, recipient, acknowledgePlaceholder(links, row.until));
  const newTime = { ...input, sendAt: change.sendAt ?? null };
  const columns = templateColumns(planned, input.channel);
  const reached = reachFaults(input, { details: recipient, optOuts: recipient.optOuts }, columns.category);
  const kept = keptPolicy(policy, row, { input, change, planned });
  const faults = [
    ...planFaults(input),
    ...policyFaults(policy, change.policy ?? null),
    ...timeFaults(newTime, kept.expires_at, new Date()),
    ...planned.faults,
  ];
  const text = { phone: recipient.phone, rendered: planned.rendered.get('sms') ?? null };
  refuseFaults([...faults, ...reached.faults, ...smsFaults(rules, input, text).faults]);
  await refuseSpentDay({ db, rules }, input, text);
  const { channel, fallbackChannels, content, subject, html, variables, priority, sendAt } = input;
  await updateMessage(db, row.id, {
    ...{ channel, channels: [channel, ...fallbackChannels], priority, send_at: sendAt },
    ...columns,
    ...kept,
    body_sealed: sealer.seal({ ...body, content, subject, html, variables }, sealedPlaces.messageBody(row.id)),
    waiting_for: isLater(sendAt) ? 'schedule' : null,
  });
}

/** The policy and the expiry after a change: what the sender never said follows the new plan. */
function keptPolicy(
  rules: PolicyRules,
  row: MessageRow,
  { input, change, planned }: { input: MessageContentInput; change: MessageChangeInput; planned: PlannedContent },
) {
  const { channel, priority, sendAt } = input;
  const policy = change.policy === undefined ? (row.policy?.message ?? null) : change.policy;
  const expiresAt = row.policy?.expires_after === undefined ? row.expires_at : null;
  const from = sendAt ?? row.created_at;
  return keepPolicy(rules, { channel, priority, policy, variants: planned.variants, expiresAt, from });
}

function refuseLateChange(row: MessageRow): void {
  const isOpen = row.status === 'pending' && row.cancel_requested_at === null;
  if (isOpen && row.calling_attempt_id === null) return;
  const message = isOpen
    ? 'The message is being handed to its provider right now.'
    : `The message is ${row.cancel_requested_at === null ? row.status : 'cancelled'} and cannot be changed any more.`;
  throw new ServiceError('conflict', isOpen ? 'sending' : 'not_pending', message);
}

/** The message as it would be asked for now. A change to content takes the place of a template, and the reverse. */
function changedInput(row: MessageRow, body: MessageBody, change: MessageChangeInput): MessageContentInput {
  const { content, subject, html, variables, mediaUrl, replyTo } = body;
  const { channel = row.channel } = change;
  // What comes before the channel in use has failed already.
  const ahead = row.channels.slice(row.channels.indexOf(row.channel) + 1);
  return {
    ...{ channel, fallbackChannels: ahead.filter((other) => other !== channel) },
    ...{ subject, html, variables, mediaUrl, replyTo, priority: row.priority, sendAt: row.send_at },
    content: change.template == null ? content : null,
    template: change.content == null ? row.template_id : null,
    ...change,
  };
}

/** The workflow would see the change at its next step anyway; the signal matters where it sleeps until a later time. */
async function tellWorkflow({ db, gateway, policy, telemetry }: ServiceContext, id: string): Promise<void> {
  try {
    await gateway.inTurn(() =>
      db.transaction().execute(async (locked) => {
        const row = await findForDispatch(locked, id);
        if (row === undefined) return;
        const input = workflowInput(row, policy);
        await gateway.signal(planChangedSignal(row, policy), input, workflowLabels(row));
      }),
    );
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    telemetry.dispatchFailed({ messageId: id, error });
  }
}
