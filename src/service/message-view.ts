import { type AttemptView, listAttempts } from '../db/attempts.ts';
import { type EventRow, listEvents, type StoredEvent } from '../db/message-events.ts';
import { findMessage, type MessageRow } from '../db/messages.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { Sealer } from '../db/sealer.ts';
import type { MessageBody } from '../domain/message-body.ts';
import { RenderError } from '../templates/render.ts';
import { ContentError, renderOptions, renderWords } from '../templates/render-content.ts';
import { resolveVariables, type VariableDeclarations } from '../templates/variables.ts';
import { acknowledgePlaceholder } from './acknowledge-faults.ts';
import type { ServiceContext } from './context.ts';
import { notFound } from './service-error.ts';

/** A message as it is shown: its row, with the text and subject that it has on the channel in use. */
export interface MessageView extends Omit<MessageRow, 'body_sealed'> {
  readonly content: string | null;
  readonly subject: string | null;
}

export interface MessageDetail extends MessageView {
  readonly attempts: AttemptView[];
  readonly events: EventRow[];
}

/** @throws {ServiceError} not_found */
export async function getMessage({ db, sealer, links }: ServiceContext, id: string): Promise<MessageDetail> {
  const row = await findMessage(db, id);
  if (row === undefined) throw notFound('message');
  const [attempts, events] = await Promise.all([listAttempts(db, id), listEvents(db, id)]);
  return { ...viewMessage({ sealer, links }, row), attempts, events: events.map((event) => viewEvent(sealer, event)) };
}

/** An event with what an operator wrote about it. */
export function viewEvent(sealer: Sealer, { id, note_sealed, ...event }: StoredEvent): EventRow {
  return note_sealed === null ? event : { ...event, detail: sealer.open<string>(note_sealed, noteContext(id)) };
}

/** Where what an operator wrote about an event is sealed for. */
export function noteContext(eventId: string): string {
  return `message_events.note:${eventId}`;
}

/** Where the message asks for confirmation, a placeholder stands for its link, which is one for each attempt. */
export function viewMessage(
  { sealer, links }: Pick<ServiceContext, 'sealer' | 'links'>,
  { body_sealed, ...row }: MessageRow,
): MessageView {
  if (body_sealed === null) return { ...row, content: null, subject: null };
  const body = sealer.open<MessageBody>(body_sealed, sealedPlaces.messageBody(row.id));
  return { ...row, ...shownContent(row, body, acknowledgePlaceholder(links, row.until)) };
}

function shownContent(row: Omit<MessageRow, 'body_sealed'>, body: MessageBody, acknowledgeUrl: string | null) {
  const isTemplate = row.template_name !== null;
  if (isTemplate && row.version_content === null) return { content: null, subject: body.subject };
  const source = isTemplate
    ? {
        ...{ content: row.version_content ?? '', subject: row.version_subject, html: row.version_html, mediaUrl: null },
        ...{ format: row.version_format ?? 'text', locales: row.version_locales ?? {} },
      }
    : { content: body.content ?? '', subject: body.subject, html: null, mediaUrl: null };
  const variables = isTemplate
    ? resolveVariables((row.version_variables ?? {}) as VariableDeclarations, body.variables ?? {}).values
    : body.variables;
  const options = renderOptions({ locale: row.locale, timeZone: row.time_zone }, acknowledgeUrl);
  try {
    const { text, subject } = renderWords(row.channel, source, variables, options);
    return { content: text, subject };
  } catch (error) {
    // What cannot be rendered on this channel is still shown, as it was written.
    if (error instanceof RenderError || error instanceof ContentError) {
      return { content: source.content, subject: source.subject };
    }
    throw error;
  }
}
