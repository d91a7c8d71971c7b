import { listAttachments } from '../db/attachments.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import { findForDispatch } from '../db/dispatch.ts';
import { findMessage, lockMessage, type MessageRow, updateMessage } from '../db/messages.ts';
import { findRecipient } from '../db/recipients.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { Sealer } from '../db/sealer.ts';
import type { Channel } from '../domain/channels.ts';
import type { MessageBody } from '../domain/message-body.ts';
import type { PolicyOverride, PolicyRules } from '../domain/policy.ts';
import { TemporalUnavailable } from '../temporal/gateway.ts';
import { type CheckedMessage, checkMessage, type MessageToCheck, misplacedParts } from './check-message.ts';
import type { Caller, ServiceContext } from './context.ts';
import type { MessageContentInput, MessageInput } from './message-input.ts';
import { getMessage, type MessageDetail } from './message-view.ts';
import { type PlannedContent, templateColumns } from './plan-content.ts';
import { isLater, timeFaults } from './plan-rules.ts';
import { keepPolicy } from './policy-rules.ts';
import { openRecipient } from './recipient-record.ts';
import { type Fault, faultsOf, notFound, refuseFaults, ServiceError, type Warning } from './service-error.ts';
import { refuseSpentDay } from './sms-faults.ts';
import { readTemplates } from './template-reader.ts';
import { planChangedSignal, workflowInput, workflowLabels } from './workflow-input.ts';

/** What is left out stays as it is. */
export type MessageChangeInput = Partial<Omit<MessageContentInput, 'replyTo' | 'mediaUrl'>> & {
  /** Null for none of its own any more. */
  readonly policy?: PolicyOverride | null;
};

/** A message after a change, with what may surprise. */
export interface ChangedMessage {
  readonly detail: MessageDetail;
  readonly warnings: readonly Warning[];
}

/**
 * Changes a message that nothing has been sent of yet, and tells its workflow. What is asked of a message that is sent is
 * asked of a changed one.
 * @param isExpected whether the message is still as the caller has seen it
 * @throws {ServiceError} invalid, not_found, conflict where it is too late, stale where somebody else was first
 */
export async function changeMessage(
  context: ServiceContext,
  caller: Caller,
  id: string,
  change: MessageChangeInput,
  isExpected: (row: MessageRow) => boolean,
): Promise<ChangedMessage> {
  const warnings = await context.db.transaction().execute(async (db) => {
    const row = await lockMessage(db, id);
    if (row === undefined) throw notFound('message');
    if (!isExpected(row)) {
      throw new ServiceError('stale', 'stale', 'The message has changed since; read it again.');
    }
    refuseLateChange(row);
    const stored = await storeChange(context, db, row, change);
    await insertAuditEntry(db, {
      ...{ actor: caller.actor, action: 'message.changed', resourceType: 'message', resourceId: id },
      detail: { fields: Object.keys(change).sort().join(',') },
    });
    return stored;
  });
  await tellWorkflow(context, id);
  return { detail: await getMessage(context, id), warnings };
}

/** What is wrong with a change of a message that can still be changed; nothing if there is none. */
export async function changeFaults(
  context: ServiceContext,
  id: string,
  change: MessageChangeInput,
): Promise<readonly Fault[]> {
  const { db, sealer } = context;
  const row = await findMessage(db, id);
  if (row === undefined || row.body_sealed === null) return [];
  const body = sealer.open<MessageBody>(row.body_sealed, sealedPlaces.messageBody(row.id));
  return await faultsOf(async () => {
    const input = changedInput(row, body, change, await storedFiles(sealer, db, row.id));
    refuseFaults((await checkChange(context, db, { row, input, change })).checked.faults);
  });
}

async function storeChange(
  context: ServiceContext,
  db: Database,
  row: MessageRow,
  change: MessageChangeInput,
): Promise<readonly Warning[]> {
  const { sealer } = context;
  const body = sealer.open<MessageBody>(row.body_sealed as Buffer, sealedPlaces.messageBody(row.id));
  const input = changedInput(row, body, change, await storedFiles(sealer, db, row.id));
  const { checked, kept } = await checkChange(context, db, { row, input, change });
  refuseFaults(checked.faults);
  await refuseSpentDay({ db, rules: context.rules }, input, checked.text);
  const { channel, fallbackChannels, content, subject, html, variables, priority, sendAt } = input;
  await updateMessage(db, row.id, {
    ...{ channel, channels: [channel, ...fallbackChannels], priority, send_at: sendAt },
    ...templateColumns(checked.planned, input.channel),
    ...kept,
    body_sealed: sealer.seal({ ...body, content, subject, html, variables }, sealedPlaces.messageBody(row.id)),
    waiting_for: isLater(sendAt) ? 'schedule' : null,
  });
  return checked.warnings;
}

interface Changed {
  readonly row: MessageRow;
  readonly input: MessageToCheck['input'];
  readonly change: MessageChangeInput;
}

/** Asks of a changed message all that is asked of a new one; times that stay as they are may have passed. */
async function checkChange(
  context: ServiceContext,
  db: Database,
  { row, input, change }: Changed,
): Promise<{ checked: CheckedMessage; kept: ReturnType<typeof keptPolicy> }> {
  const recipientRow = await findRecipient(db, row.recipient_id);
  if (recipientRow === undefined) throw notFound('recipient');
  const recipient = openRecipient(context.sealer, recipientRow);
  const reach = { details: recipient, optOuts: recipient.optOuts };
  const checked = await checkMessage(context, readTemplates(db), { input, person: recipient, reach });
  const kept = keptPolicy(context.policy, row, { input, change, planned: checked.planned });
  const times = timeFaults({ sendAt: change.sendAt ?? null }, kept.expires_at, new Date());
  // What only a channel carries that has failed already is lost, whatever the change.
  const lost = misplacedParts({ ...input, channel: row.channel, fallbackChannels: channelsAhead(row) });
  const faults = checked.faults.filter(({ code, pointer }) => code !== 'not_for_channel' || !lost.includes(pointer));
  return { checked: { ...checked, faults: [...times, ...faults] }, kept };
}

/** The names by which the HTML of a message shows its files. */
async function storedFiles(sealer: Sealer, db: Database, messageId: string): Promise<{ contentId: string | null }[]> {
  return (await listAttachments(db, messageId)).map(({ id, details_sealed }) => {
    const details = sealer.open<{ contentId?: string | null }>(details_sealed, sealedPlaces.attachmentDetails(id));
    return { contentId: details.contentId ?? null };
  });
}

/** The policy and the expiry after a change: what the sender never said follows the new plan. */
function keptPolicy(
  rules: PolicyRules,
  row: MessageRow,
  { input, change, planned }: { input: Changed['input']; change: MessageChangeInput; planned: PlannedContent },
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
function changedInput(
  row: MessageRow,
  body: MessageBody,
  change: MessageChangeInput,
  attachments: MessageToCheck['input']['attachments'],
): MessageToCheck['input'] {
  const { content, subject, html, variables, mediaUrl, replyTo, interactive = null, headers = {} } = body;
  const { channel = row.channel } = change;
  return {
    ...{ channel, fallbackChannels: channelsAhead(row).filter((other) => other !== channel), attachments },
    ...{ subject, html, variables, mediaUrl, replyTo, interactive, headers, tracking: body.tracking ?? null },
    ...{ priority: row.priority, sendAt: row.send_at, expiresAt: row.expires_at, retention: row.retention },
    ...{ escalateAfterSeconds: row.escalate_after_seconds, until: row.until, rounds: row.rounds },
    metadata: row.metadata as MessageInput['metadata'],
    content: change.template == null ? content : null,
    template: change.content == null ? row.template_id : null,
    ...change,
    policy: change.policy ?? null,
  };
}

/** What comes before the channel in use has failed already. */
function channelsAhead({ channel, channels }: MessageRow): Channel[] {
  return channels.slice(channels.indexOf(channel) + 1);
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
