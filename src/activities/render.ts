import { v7 as uuidv7 } from 'uuid';
import { insertAttempt, recordFailed } from '../db/attempts.ts';
import type { Database } from '../db/database.ts';
import { type DeliveryRow, lockDelivery } from '../db/deliveries.ts';
import { findLayoutVersion } from '../db/layouts.ts';
import { planOfRow } from '../db/plan-of-row.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import { findTemplateVersion } from '../db/templates.ts';
import type { Channel } from '../domain/channels.ts';
import type { Failure, FailureKind } from '../domain/failures.ts';
import type { MessageBody } from '../domain/message-body.ts';
import { isOptedOut } from '../domain/opt-outs.ts';
import { addressOn, type RecipientDetails } from '../domain/recipient.ts';
import { sentenceFor } from '../domain/sentences.ts';
import { contentSource } from '../templates/content-source.ts';
import { RenderError } from '../templates/render.ts';
import { ContentError, type ContentSource, renderContent, renderOptions } from '../templates/render-content.ts';
import { resolveVariables, type VariableDeclarations } from '../templates/variables.ts';
import type { RenderInput, RenderResult } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { type Outgoing, outgoingContext } from './outgoing.ts';

/**
 * Makes the next attempt of a message on a channel: renders what is to be sent and keeps it, before the provider is
 * called. What cannot be sent there is kept as a failed attempt.
 */
export async function render(dependencies: ActivityDependencies, input: RenderInput): Promise<RenderResult> {
  return await dependencies.db.transaction().execute(async (db) => {
    const row = await lockDelivery(db, input);
    if (row === undefined || row.is_stopped || row.body_sealed === null) return { do: 'stop' };
    if (row.known_attempt_id !== null) return { do: 'send', attemptId: row.known_attempt_id };
    if (row.plan_revision !== input.planRevision) return { do: 'replan', plan: planOfRow(row) };
    if (row.taken_attempt_id !== null) return { do: 'accept' };
    return await makeAttempt(dependencies, db, row, input);
  });
}

async function makeAttempt(
  { sealer }: ActivityDependencies,
  db: Database,
  row: DeliveryRow,
  { messageId, channel, token }: RenderInput,
): Promise<RenderResult> {
  const id = uuidv7();
  const body = sealer.open<MessageBody>(row.body_sealed as Buffer, sealedPlaces.messageBody(messageId));
  const details = sealer.open<RecipientDetails>(row.details_sealed, sealedPlaces.recipientDetails(row.recipient_id));
  const prepared = await prepare(db, row, channel, body, details);
  const outgoingSealed = 'kind' in prepared ? null : sealer.seal(prepared, outgoingContext(id));
  await insertAttempt(db, { id, messageId, token, channel, outgoingSealed });
  if (!('kind' in prepared)) return { do: 'send', attemptId: id };
  await recordFailed(db, id, { ...prepared, retryAfterSeconds: null });
  return { do: 'fail', failure: { kind: prepared.kind, code: prepared.code } };
}

type Refusal = Failure & { message: string };

async function prepare(
  db: Database,
  row: DeliveryRow,
  channel: RenderInput['channel'],
  body: MessageBody,
  details: RecipientDetails,
): Promise<Outgoing | Refusal> {
  const to = addressOn(channel, details);
  if (to === null) return refusal('unreachable', 'no_address');
  if (row.is_suppressed) return refusal('unreachable', 'suppressed');
  if (isOptedOut(row.opt_outs, channel, row.category)) return refusal('unreachable', 'opted_out_by_recipient');
  const written = await writtenContent(db, row, channel, body);
  if (written === null) return refusal('rejected', 'content_missing');
  const options = renderOptions({ locale: row.locale, timeZone: row.time_zone });
  try {
    return {
      to,
      toName: details.name,
      replyTo: body.replyTo,
      content: renderContent(channel, written.source, written.variables, options),
      attachmentCount: row.attachment_count,
    };
  } catch (error) {
    if (error instanceof ContentError) return { kind: 'rejected', code: error.code, message: error.message };
    if (error instanceof RenderError) return refusal('rejected', 'render_failed');
    throw error;
  }
}

/** The sender's own words, or the version of the template that was fixed when the message was accepted. */
async function writtenContent(
  db: Database,
  row: DeliveryRow,
  channel: Channel,
  body: MessageBody,
): Promise<{ source: ContentSource; variables: MessageBody['variables'] } | null> {
  const { content, subject, html, mediaUrl, variables } = body;
  if (row.template_name === null) return { source: { content: content ?? '', subject, html, mediaUrl }, variables };
  if (row.template_version_id === null) return null;
  const version = await findTemplateVersion(db, row.template_version_id);
  if (version === undefined) return null;
  const isInLayout = channel === 'email' && row.layout_version_id !== null;
  const layout = isInLayout ? await findLayoutVersion(db, row.layout_version_id as string) : undefined;
  const declarations = version.variables as VariableDeclarations;
  return {
    source: contentSource(version, layout?.html ?? null, mediaUrl),
    variables: resolveVariables(declarations, variables ?? {}).values,
  };
}

function refusal(kind: FailureKind, code: string): Refusal {
  return { kind, code, message: sentenceFor(code) };
}
