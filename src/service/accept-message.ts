import { v7 as uuidv7 } from 'uuid';
import { insertAttachments } from '../db/attachments.ts';
import type { Database } from '../db/database.ts';
import type { DispatchRow } from '../db/dispatch.ts';
import { insertMessage, type NewMessageRow } from '../db/messages.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { RecipientDetails } from '../domain/recipient.ts';
import type { WorkBudget } from '../templates/work-budget.ts';
import { type AttachmentFile, readAttachments, sealAttachments } from './attachments.ts';
import { checkMessage } from './check-message.ts';
import { chooseChannels, withoutChannel } from './choose-channels.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import type { MessageInput, MessageRequest } from './message-input.ts';
import { type Addressee, type PeopleReader, readAddressee, readPeople, storeAddressee } from './message-recipient.ts';
import type { MessageView } from './message-view.ts';
import { peopleRight } from './person-changes.ts';
import { type PlannedContent, templateColumns } from './plan-content.ts';
import { isLater, roundsOf, timeFaults } from './plan-rules.ts';
import { keepPolicy } from './policy-rules.ts';
import type { Reach } from './reach.ts';
import { retentionFaults, retentionOf } from './retention-rules.ts';
import { refuseFaults, type Warning } from './service-error.ts';
import { refuseSpentDay } from './sms-faults.ts';
import { readTemplates, type TemplateReader } from './template-reader.ts';

export interface AcceptedMessage {
  readonly view: MessageView;
  readonly warnings: readonly Warning[];
}

/** A message that has been checked and can be stored. */
export interface Draft extends Pick<Addressee, 'recipient' | 'locale' | 'timeZone'> {
  readonly input: MessageInput;
  readonly details: RecipientDetails;
  readonly planned: PlannedContent;
  readonly warnings: readonly Warning[];
  readonly files: readonly AttachmentFile[];
}

/**
 * Takes responsibility for a message: when this returns, it is stored and will be delivered or seen to fail. Its
 * workflow is started right after, and again later where that fails.
 * @throws {ServiceError} invalid with every fault of the input; forbidden if it changes what is known of its recipient
 * and the caller may not; conflict where its template is inactive
 */
export async function acceptMessage(
  context: ServiceContext,
  caller: Caller,
  input: MessageRequest,
  beforeCommit?: BeforeCommit<AcceptedMessage>,
): Promise<AcceptedMessage> {
  const draft = await draftMessage(context, caller, input);
  const { accepted, row } = await context.db.transaction().execute(async (db) => {
    const stored = await storeMessage(context, db, caller, draft);
    await beforeCommit?.(db, stored.accepted);
    return stored;
  });
  context.telemetry.messageAccepted({ messageId: accepted.view.id, channel: accepted.view.channel });
  context.dispatcher.dispatch([row]);
  return accepted;
}

/** Where a draft finds who it is for and what it says. */
export interface DraftSources {
  readonly people: PeopleReader;
  readonly templates: TemplateReader;
  /** What rendering it may cost. */
  readonly budget?: WorkBudget;
}

/**
 * Checks a message as a whole and renders it; stores nothing.
 * @throws {ServiceError} as accepting it would
 */
export async function draftMessage(
  context: ServiceContext,
  caller: Caller,
  request: MessageRequest,
  { people, templates, budget }: DraftSources = { people: readPeople(context), templates: readTemplates(context.db) },
): Promise<Draft> {
  const addressee = await readAddressee(people, context.sealer, request.recipient, peopleRight(caller));
  const chosen = await chooseChannels(request, addressee, templates);
  const { input } = chosen;
  const { files, faults: fileFaults } = readAttachments(input.attachments);
  const { locale, timeZone, reach } = addressee;
  const checked = await checkMessage(context, templates, { input, person: { locale, timeZone }, reach }, budget);
  refuseFaults([
    ...chosen.faults,
    ...timeFaults(request, request.expiresAt, new Date()),
    ...retentionFaults(context.retention.messages, request.retention),
    ...addressee.faults,
    ...fileFaults,
    ...(chosen.isGuess ? withoutChannel(checked.faults) : checked.faults),
  ]);
  await refuseSpentDay(context, input, checked.text);
  const { planned, warnings } = checked;
  // Somebody of whom nothing can be said is a fault.
  const { details } = reach as Reach;
  return { input, recipient: addressee.recipient, details, locale, timeZone, planned, warnings, files };
}

async function storeMessage(
  context: ServiceContext,
  db: Database,
  caller: Caller,
  draft: Draft,
): Promise<{ accepted: AcceptedMessage; row: DispatchRow }> {
  const recipientId = await storeAddressee(context, db, caller, draft);
  const stored = fromDraft(context, caller, draft, { recipientId, batchId: null });
  await insertMessage(db, stored.newRow, caller.actor);
  await insertAttachments(db, stored.attachments);
  return stored;
}

/** What a draft becomes: rows to store, what its workflow is started with, and what its sender is told. */
export interface DraftedRows {
  readonly newRow: NewMessageRow;
  readonly attachments: ReturnType<typeof sealAttachments>;
  readonly row: DispatchRow;
  readonly accepted: AcceptedMessage;
}

export function fromDraft(
  { sealer, policy }: Pick<ServiceContext, 'sealer' | 'policy'>,
  caller: Caller,
  draft: Draft,
  { recipientId, batchId }: { recipientId: string; batchId: string | null },
): DraftedRows {
  const { input, planned } = draft;
  const id = uuidv7();
  const { content, subject, html, variables, mediaUrl, replyTo, interactive, headers, tracking } = input;
  const newRow: NewMessageRow = {
    id,
    recipient_id: recipientId,
    api_key_id: caller.apiKeyId,
    batch_id: batchId,
    channel: input.channel,
    channels: [input.channel, ...input.fallbackChannels],
    body_sealed: sealer.seal(
      { content, subject, html, variables, mediaUrl, replyTo, interactive, headers, tracking },
      sealedPlaces.messageBody(id),
    ),
    ...templateColumns(planned, input.channel),
    waiting_for: isLater(input.sendAt) ? 'schedule' : null,
    priority: input.priority,
    send_at: input.sendAt,
    ...keepPolicy(policy, { ...input, variants: planned.variants, from: input.sendAt ?? new Date() }),
    retention: retentionOf(input, planned),
    escalate_after_seconds: input.escalateAfterSeconds,
    until: input.until,
    rounds: roundsOf(input),
    metadata: input.metadata,
  };
  const row: DispatchRow = {
    ...newRow,
    plan_revision: 1,
    status: 'pending',
    error_code: null,
    is_acknowledged: false,
    attempt_count: 0,
    channel_attempts: 0,
  };
  const accepted = { view: freshView(newRow, draft, new Date()), warnings: draft.warnings };
  return { newRow, attachments: sealAttachments(sealer, id, draft.files), row, accepted };
}

/** The message as reading it back would show it. */
function freshView(
  { body_sealed, api_key_id, ...row }: NewMessageRow,
  { planned, locale, timeZone }: Draft,
  now: Date,
): MessageView {
  const first = planned.variants.get(row.channel);
  const shown = planned.rendered.get(row.channel);
  return {
    ...row,
    plan_revision: 1,
    version_content: first?.content ?? null,
    version_subject: first?.subject ?? null,
    version_html: first?.html ?? null,
    version_format: first?.format ?? null,
    version_locales: first?.locales ?? null,
    version_variables: first?.variables ?? null,
    locale,
    time_zone: timeZone,
    content: shown?.text ?? null,
    subject: shown?.subject ?? null,
    status: 'pending',
    ...{
      delivery_status: null,
      sent_at: null,
      delivered_at: null,
      read_at: null,
      acknowledged_at: null,
      acknowledged_channel: null,
      error_code: null,
      error_message: null,
    },
    ...{ retry_count: 0, segments: null, cost_amount: null, cost_currency: null, cost_final: false },
    ...{ calling_attempt_id: null, cancel_requested_at: null, created_at: now, updated_at: now },
  };
}
