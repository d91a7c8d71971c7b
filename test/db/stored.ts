import { v7 as uuidv7 } from 'uuid';
import { insertAttempt, type NewAttempt, recordAccepted, recordFailed } from '../../src/db/attempts.ts';
import type { Database } from '../../src/db/database.ts';
import type { DeliveryStep } from '../../src/db/deliveries.ts';
import { insertMessage, type NewMessageRow } from '../../src/db/messages.ts';
import { insertRecipient, type RecipientValues } from '../../src/db/recipients.ts';
import { insertTemplate } from '../../src/db/templates.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { FailureKind } from '../../src/domain/failures.ts';
import type { TemplateContent } from '../../src/domain/template-content.ts';

/** A recipient without any address, unless `more` has one. */
export function recipientValues(more: Partial<RecipientValues> = {}): RecipientValues {
  const id = uuidv7();
  return {
    ...{ id, identity_hash: Buffer.from(id), external_id_hash: null, email_hash: null, phone_hash: null },
    ...{ whatsapp_hash: null, details_sealed: Buffer.from('sealed'), locale: null, time_zone: null },
    ...more,
  };
}

export async function storeRecipient(db: Database, more: Partial<RecipientValues> = {}): Promise<string> {
  const values = recipientValues(more);
  await insertRecipient(db, values);
  return values.id;
}

/** An email that is due now; its recipient is stored with it unless `more` names one. */
export async function storeMessage(db: Database, more: Partial<NewMessageRow> = {}): Promise<string> {
  const row = messageRow({ recipient_id: more.recipient_id ?? (await storeRecipient(db)), ...more });
  await insertMessage(db, row, 'api_key:1');
  return row.id;
}

/** An email that is due now. */
export function messageRow(more: Partial<NewMessageRow> & { recipient_id: string }): NewMessageRow {
  return {
    ...{
      id: uuidv7(),
      api_key_id: null,
      batch_id: null,
      channel: 'email',
      channels: ['email'],
    },
    ...{ body_sealed: Buffer.from('sealed'), template_id: null, template_name: null, template_version: null },
    ...{ template_version_ids: null, waiting_for: null, priority: 'normal', send_at: null, expires_at: null },
    ...{ escalate_after_seconds: null, until: null, rounds: null, policy: null, metadata: {} },
    ...{ layout_version_id: null, category: 'transactional', retention: 'standard' },
    ...more,
  };
}

export async function storeAttempt(db: Database, messageId: string, more: Partial<NewAttempt> = {}): Promise<string> {
  const id = uuidv7();
  await insertAttempt(db, {
    ...{ id, messageId, token: id, channel: 'email', outgoingSealed: Buffer.from('sealed') },
    ...more,
  });
  return id;
}

export async function storeAcceptedAttempt(
  db: Database,
  messageId: string,
  more: Partial<NewAttempt> & { segments?: number } = {},
): Promise<string> {
  const { segments = null, ...attempt } = more;
  const id = await storeAttempt(db, messageId, attempt);
  await recordAccepted(db, id, { providerMessageId: `provider-${id}`, segments });
  return id;
}

export async function storeFailedAttempt(
  db: Database,
  messageId: string,
  more: Partial<NewAttempt> & { kind?: FailureKind; code?: string } = {},
): Promise<string> {
  const { kind = 'transient', code = 'some_code', ...attempt } = more;
  const id = await storeAttempt(db, messageId, attempt);
  await recordFailed(db, id, { kind, code, message: `Sentence of ${code}.`, retryAfterSeconds: null });
  return id;
}

/** One step of an email's life in which nothing special happens. */
export function deliveryStep(messageId: string, more: Partial<DeliveryStep> = {}): DeliveryStep {
  return {
    ...{ messageId, token: uuidv7(), status: 'pending', channel: 'email', waitingFor: null, errorCode: null },
    hasEnded: false,
    errorSentence: null,
    event: { type: 'escalated', channel: 'email', detail: null, actor: 'workflow' },
    ...more,
  };
}

/** The step in which a provider has taken a message. */
export function sentStep(messageId: string, more: Partial<DeliveryStep> = {}): DeliveryStep {
  const event = { type: 'sent', channel: more.channel ?? 'email', detail: null, actor: 'workflow' };
  return deliveryStep(messageId, { status: 'sent', event, ...more });
}

/** A template of one channel with nothing but a text. */
export async function storeTemplate(db: Database, name: string, channel: Channel, content = 'text'): Promise<string> {
  const words: TemplateContent = {
    ...{ content, subject: null, html: null, format: 'text', layout: null, sms: {}, whatsapp: null, locales: {} },
    variables: {},
  };
  const template = { name, channel, category: 'transactional', isActive: true };
  return await insertTemplate(db, template, words, { author: 'ada', note: null });
}
