import { v7 as uuidv7 } from 'uuid';
import { insertAttachments } from '../db/attachments.ts';
import type { Database } from '../db/database.ts';
import type { DispatchRow } from '../db/dispatch.ts';
import { insertMessage, type NewMessageRow } from '../db/messages.ts';
import { addressOn, type RecipientDetails } from '../domain/recipient.ts';
import { type AttachmentFile, readAttachments, sealAttachments } from './attachments.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import type { MessageInput } from './message-input.ts';
import { bodyContext, type MessageView } from './message-view.ts';
import { type PlannedContent, planContent, templateColumns, type Warning } from './plan-content.ts';
import { isLater, planFaults, timeFaults } from './plan-rules.ts';
import { findRecipientByReference, mergeRecipient, type ParsedRecipient, parseRecipient } from './recipients.ts';
import { type Fault, refuseFaults } from './service-error.ts';

export interface AcceptedMessage {
  readonly view: MessageView;
  readonly warnings: readonly Warning[];
}

/** A message that has been checked and can be stored. */
interface Draft {
  readonly input: MessageInput;
  /** A stored recipient by id, or one to be stored with the message. */
  readonly recipient: { readonly id: string } | { readonly parsed: ParsedRecipient };
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly planned: PlannedContent;
  readonly files: readonly AttachmentFile[];
}

/**
 * Takes responsibility for a message: when this returns, it is stored and will be delivered or seen to fail. Its
 * workflow is started right after, and again later where that fails.
 * @throws {ServiceError} invalid with every fault of the input; conflict where its template is inactive
 */
export async function acceptMessage(
  context: ServiceContext,
  caller: Caller,
  input: MessageInput,
  beforeCommit?: BeforeCommit<AcceptedMessage>,
): Promise<AcceptedMessage> {
  const draft = await draftMessage(context, input);
  const { accepted, row } = await context.db.transaction().execute(async (db) => {
    const stored = await storeMessage(context, db, caller, draft);
    await beforeCommit?.(db, stored.accepted);
    return stored;
  });
  context.telemetry.messageAccepted({ messageId: accepted.view.id, channel: accepted.view.channel });
  context.dispatcher.dispatch([row]);
  return accepted;
}

async function draftMessage(context: ServiceContext, input: MessageInput): Promise<Draft> {
  const faults: Fault[] = [...planFaults(input), ...timeFaults(input, input.expiresAt, new Date())];
  const person = await readRecipient(context, input);
  const { files, faults: fileFaults } = readAttachments(input.attachments);
  faults.push(...person.faults, ...fileFaults);
  const planned = await planContent(context.db, input, person);
  faults.push(...planned.faults);
  if (person.details !== null) {
    for (const [index, channel] of [input.channel, ...input.fallbackChannels].entries()) {
      if (addressOn(channel, person.details) !== null) continue;
      const message = `The recipient has no address for ${channel}.`;
      if (index === 0) faults.push({ pointer: '/channel', code: 'no_address', message });
      else planned.warnings.push({ pointer: `/fallback_channels/${index - 1}`, code: 'no_address', message });
    }
  }
  refuseFaults(faults);
  const { locale, timeZone, recipient } = person;
  return { input, recipient, locale, timeZone, planned, files };
}

interface Person {
  readonly recipient: Draft['recipient'];
  /** Null where nothing can be said of the addresses. */
  readonly details: RecipientDetails | null;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly faults: readonly Fault[];
}

async function readRecipient(context: ServiceContext, { recipient }: MessageInput): Promise<Person> {
  if (typeof recipient !== 'string') {
    const { parsed, faults } = parseRecipient(recipient, '/recipient');
    const known = recipient.externalId == null ? null : await findRecipientByReference(context, recipient.externalId);
    const details = faults.length > 0 ? null : { ...parsed.details };
    for (const field of ['email', 'phone', 'whatsapp'] as const) {
      if (details !== null && details[field] === null && known !== null) details[field] = known[field];
    }
    const locale = parsed.locale ?? known?.locale ?? null;
    const timeZone = parsed.timeZone ?? known?.timeZone ?? null;
    return { recipient: { parsed }, details, locale, timeZone, faults };
  }
  const stored = await findRecipientByReference(context, recipient);
  if (stored !== null) {
    const { id, locale, timeZone } = stored;
    return { recipient: { id }, details: stored, locale, timeZone, faults: [] };
  }
  const message = 'There is no recipient with this id or external id.';
  const faults = [{ pointer: '/recipient', code: 'unknown_recipient', message }];
  return { recipient: { id: '' }, details: null, locale: null, timeZone: null, faults };
}

async function storeMessage(
  { sealer }: ServiceContext,
  db: Database,
  caller: Caller,
  draft: Draft,
): Promise<{ accepted: AcceptedMessage; row: DispatchRow }> {
  const { input, recipient, planned } = draft;
  const recipientId = 'id' in recipient ? recipient.id : (await mergeRecipient(db, sealer, recipient.parsed)).id;
  const id = uuidv7();
  const { content, subject, html, variables, mediaUrl, replyTo } = input;
  const row: NewMessageRow = {
    id,
    recipient_id: recipientId,
    api_key_id: caller.apiKeyId,
    channel: input.channel,
    channels: [input.channel, ...input.fallbackChannels],
    body_sealed: sealer.seal({ content, subject, html, variables, mediaUrl, replyTo }, bodyContext(id)),
    ...templateColumns(planned, input.channel),
    waiting_for: isLater(input.sendAt) ? 'schedule' : null,
    priority: input.priority,
    send_at: input.sendAt,
    expires_at: input.expiresAt,
    escalate_after_seconds: input.escalateAfterSeconds,
    until: input.until,
    metadata: input.metadata,
  };
  await insertMessage(db, row, caller.actor);
  await insertAttachments(db, sealAttachments(sealer, id, draft.files));
  const now = new Date();
  const dispatch: DispatchRow = { ...row, plan_revision: 1, status: 'pending', error_code: null, attempt_count: 0 };
  return { accepted: { view: freshView(row, draft, now), warnings: planned.warnings }, row: dispatch };
}

/** The message as reading it back would show it. */
function freshView(
  { body_sealed, api_key_id, ...row }: NewMessageRow,
  { planned, ...draft }: Draft,
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
    version_variables: first?.variables ?? null,
    locale: draft.locale,
    time_zone: draft.timeZone,
    content: shown?.text ?? null,
    subject: shown?.subject ?? null,
    status: 'pending',
    ...{
      delivery_status: null,
      sent_at: null,
      delivered_at: null,
      read_at: null,
      error_code: null,
      error_message: null,
    },
    ...{ retry_count: 0, segments: null, cost_amount: null, cost_currency: null, cost_final: false },
    ...{ calling_attempt_id: null, cancel_requested_at: null, created_at: now, updated_at: now },
  };
}
