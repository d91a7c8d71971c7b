import type { Static } from 'typebox';
import { plainAmount } from '../domain/money.ts';
import type { AcceptedMessage } from '../service/accept-message.ts';
import type { MessageChangeInput } from '../service/change-message.ts';
import type { MessageRequest } from '../service/message-input.ts';
import type { MessageDetail, MessageView } from '../service/message-view.ts';
import { entityTag } from './entity-tag.ts';
import type { Message, MessageChange, MessageWithWarnings, NewMessage } from './message-schemas.ts';
import { toRecipientInput } from './recipient-json.ts';

/** A request body as the service takes it. */
export function toMessageInput(body: Static<typeof NewMessage>): MessageRequest {
  const { recipient } = body;
  return {
    recipient: typeof recipient === 'string' ? recipient : toRecipientInput(recipient),
    channel: body.channel ?? null,
    fallbackChannels: body.fallback_channels ?? [],
    escalateAfterSeconds: body.escalate_after ?? null,
    until: body.until ?? null,
    rounds: body.rounds ?? null,
    policy: body.policy ?? null,
    content: body.content ?? null,
    subject: body.subject ?? null,
    html: body.html ?? null,
    template: body.template_id ?? null,
    variables: body.variables ?? null,
    priority: body.priority ?? 'normal',
    sendAt: toDate(body.send_at),
    expiresAt: toDate(body.expires_at),
    ...channelParts(body),
    retention: body.retention ?? null,
    metadata: body.metadata ?? {},
  };
}

/** What can be read of a request body some of whose values are not as described. */
export function toSoundMessage(body: Partial<Static<typeof NewMessage>>): MessageRequest {
  return toMessageInput({ recipient: {}, ...body });
}

/** What only one channel carries. */
function channelParts(body: Static<typeof NewMessage>) {
  return {
    attachments: (body.attachments ?? []).map((file) => ({
      ...{ filename: file.filename, contentType: file.content_type, contentBase64: file.content_base64 },
      contentId: file.content_id ?? null,
    })),
    mediaUrl: body.media_url ?? null,
    interactive: body.interactive ?? null,
    replyTo: body.reply_to ?? null,
    headers: body.headers ?? {},
    tracking: body.tracking ?? null,
  };
}

function toDate(text: string | null | undefined): Date | null {
  return text == null ? null : new Date(text);
}

export function toMessageChange(body: Static<typeof MessageChange>): MessageChangeInput {
  const { fallback_channels, template_id, send_at, channel, content, subject, html, variables, priority, policy } =
    body;
  return {
    ...(channel === undefined ? {} : { channel }),
    ...(fallback_channels === undefined ? {} : { fallbackChannels: fallback_channels }),
    ...(content === undefined ? {} : { content }),
    ...(subject === undefined ? {} : { subject }),
    ...(html === undefined ? {} : { html }),
    ...(template_id === undefined ? {} : { template: template_id }),
    ...(variables === undefined ? {} : { variables }),
    ...(priority === undefined ? {} : { priority }),
    ...(send_at === undefined ? {} : { sendAt: toDate(send_at) }),
    ...(policy === undefined ? {} : { policy }),
  };
}

export function messageJson(view: MessageView): Static<typeof Message> {
  return {
    id: view.id,
    recipient: view.recipient_id,
    batch_id: view.batch_id,
    channel: view.channel,
    plan: view.channels,
    content: view.content,
    subject: view.subject,
    template_id: view.template_id,
    template_name: view.template_name,
    template_version: view.template_version,
    status: view.status,
    delivery_status: view.delivery_status,
    waiting_for: view.waiting_for,
    sent_at: timeJson(view.sent_at),
    delivered_at: timeJson(view.delivered_at),
    read_at: timeJson(view.read_at),
    acknowledged_at: timeJson(view.acknowledged_at),
    acknowledged_channel: view.acknowledged_channel,
    error_message: view.error_message,
    error_code: view.error_code,
    retry_count: view.retry_count,
    priority: view.priority,
    send_at: timeJson(view.send_at),
    expires_at: timeJson(view.expires_at),
    escalate_after: view.escalate_after_seconds,
    until: view.until,
    rounds: view.rounds,
    policy: (view.policy?.message ?? null) as Static<typeof Message>['policy'],
    segments: view.segments,
    cost: costJson(view.cost_amount, view.cost_currency, view.cost_final),
    retention: view.retention,
    metadata: view.metadata as Record<string, string>,
    workflow_id: `message-${view.id}`,
    created_at: view.created_at.toISOString(),
    updated_at: view.updated_at.toISOString(),
  };
}

/** A message that has just been accepted. */
export function acceptedJson({ view, warnings }: AcceptedMessage): Static<typeof MessageWithWarnings> {
  return { ...messageJson(view), warnings: [...warnings] };
}

export function messageDetailJson(detail: MessageDetail) {
  return {
    ...messageJson(detail),
    attempts: detail.attempts.map(({ cost_amount, cost_currency, cost_final, ...attempt }) => ({
      ...attempt,
      started_at: attempt.started_at.toISOString(),
      finished_at: timeJson(attempt.finished_at),
      cost: costJson(cost_amount, cost_currency, cost_final),
    })),
    events: detail.events.map((event) => ({ ...event, at: event.at.toISOString() })),
  };
}

export function messageTag(view: Pick<MessageView, 'id' | 'plan_revision' | 'updated_at'>): string {
  return entityTag(view.id, view.plan_revision, view.updated_at);
}

function timeJson(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}

function costJson(amount: string | null, currency: string | null, final: boolean) {
  return amount === null || currency === null ? null : { amount: plainAmount(amount), currency, final };
}
