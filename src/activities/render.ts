import { v7 as uuidv7 } from 'uuid';
import { countryOf } from '../addresses/phone.ts';
import { findAttempt, insertAttempt, recordFailed } from '../db/attempts.ts';
import type { Database } from '../db/database.ts';
import { type DeliveryRow, lockDelivery } from '../db/deliveries.ts';
import { findLayoutVersion } from '../db/layouts.ts';
import { planOfRow } from '../db/plan-of-row.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import { findTemplateVersion } from '../db/templates.ts';
import type { Channel } from '../domain/channels.ts';
import type { MessageBody } from '../domain/message-body.ts';
import { isOptedOut } from '../domain/opt-outs.ts';
import { mergePolicy } from '../domain/policy.ts';
import type { CostEstimate } from '../domain/prices.ts';
import { addressOn, type RecipientDetails } from '../domain/recipient.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { DEFAULT_SENDER, type SendingRules, smsSenderFor } from '../domain/sending-rules.ts';
import { withAcknowledgeButton } from '../templates/acknowledge-link.ts';
import { contentSource } from '../templates/content-source.ts';
import { RenderError } from '../templates/render.ts';
import { ContentError, type ContentSource, renderContent, renderOptions } from '../templates/render-content.ts';
import { countSegments } from '../templates/sms-segments.ts';
import { resolveVariables, type VariableDeclarations } from '../templates/variables.ts';
import type { RenderInput, RenderResult } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { addEmailLinks } from './email-links.ts';
import type { Outgoing } from './outgoing.ts';
import { quietUntil } from './quiet-hours.ts';
import { type Refusal, refusal } from './refusal.ts';
import { allowText } from './sms-limits.ts';
import { chooseWhatsappContent } from './whatsapp-content.ts';

/**
 * Makes the next attempt of a message on a channel: renders what is to be sent and keeps it, before the provider is
 * called. What cannot be sent there is kept as a failed attempt.
 */
export async function render(dependencies: ActivityDependencies, input: RenderInput): Promise<RenderResult> {
  return await dependencies.db.transaction().execute(async (db) => {
    const row = await lockDelivery(db, input);
    if (row === undefined || row.body_sealed === null) return { do: 'stop' };
    return (
      whyDone(row) ??
      (row.is_expired ? await expire(db, row) : null) ??
      whyNotNow(dependencies, row, input) ??
      (await makeAttempt(dependencies, db, row, input))
    );
  });
}

/** Nothing more is sent of what a person has confirmed, or what has been cancelled or deleted. */
function whyDone(row: DeliveryRow): RenderResult | null {
  if (row.acknowledged_at !== null) return { do: 'acknowledge', channel: row.acknowledged_channel };
  return row.is_stopped ? { do: 'stop' } : null;
}

/** What stands before an attempt: one of the same step, a change, an earlier one that was taken, the person's quiet. */
function whyNotNow(
  { policy, rules }: ActivityDependencies,
  row: DeliveryRow,
  { planRevision, evenIfQuiet }: RenderInput,
): RenderResult | null {
  if (row.known_attempt_id !== null) return sendResult(row.known_attempt_id, row.known_attempt_sender);
  if (row.plan_revision !== planRevision) {
    const { priority, template_name: templateName } = row;
    const change = { plan: planOfRow(row), policy: mergePolicy(policy, priority, row.policy) };
    return { do: 'replan', ...change, labels: { templateName, priority } };
  }
  if (row.taken_attempt_id !== null) return { do: 'accept' };
  const until = evenIfQuiet === true ? null : quietTimeOf(rules, row);
  return until === null ? null : { do: 'postpone', until: until.toISOString() };
}

/** No attempt is made, and one that no worker has taken is not made any more; what a worker has begun stays in doubt. */
async function expire(db: Database, row: DeliveryRow): Promise<RenderResult> {
  const known = row.known_attempt_id === null ? undefined : await findAttempt(db, row.known_attempt_id);
  if (known === undefined) return { do: 'expire' };
  const { id, called_at: calledAt, outcome, error_kind: kind, error_code: code } = known;
  if (outcome === 'accepted') return { do: 'accept' };
  if (outcome !== null && kind !== null) return { do: 'fail', failure: { kind, code: code ?? kind } };
  const { message, ...failure } =
    calledAt === null ? refusal('rejected', 'expired') : refusal('uncertain', 'interrupted');
  await recordFailed(db, id, { ...failure, message, retryAfterSeconds: null });
  return calledAt === null ? { do: 'expire' } : { do: 'fail', failure };
}

/** When the recipient may be disturbed again; null where that is now, or the message is urgent. */
function quietTimeOf({ defaultTimeZone }: SendingRules, row: DeliveryRow): Date | null {
  if (row.quiet_hours === null || row.priority === 'high') return null;
  return quietUntil(row.quiet_hours, row.time_zone ?? defaultTimeZone, new Date());
}

async function makeAttempt(
  dependencies: ActivityDependencies,
  db: Database,
  row: DeliveryRow,
  { messageId, channel, token }: RenderInput,
): Promise<RenderResult> {
  const { sealer } = dependencies;
  const id = uuidv7();
  const body = sealer.open<MessageBody>(row.body_sealed as Buffer, sealedPlaces.messageBody(messageId));
  const details = sealer.open<RecipientDetails>(row.details_sealed, sealedPlaces.recipientDetails(row.recipient_id));
  const isToConfirm = row.until === 'acknowledged';
  const acknowledgeUrl = isToConfirm ? dependencies.links.link('acknowledge', { attemptId: id }) : null;
  const prepared = await prepare(dependencies, db, { id, row, channel, body, details, acknowledgeUrl });
  if ('kind' in prepared) {
    await insertAttempt(db, { id, messageId, token, channel, outgoingSealed: null });
    await recordFailed(db, id, { ...prepared, retryAfterSeconds: null });
    return { do: 'fail', failure: { kind: prepared.kind, code: prepared.code } };
  }
  const { outgoing, expectedSegments, cost = null } = prepared;
  const { sender } = outgoing;
  const outgoingSealed = sealer.seal(outgoing, sealedPlaces.attemptOutgoing(id));
  await insertAttempt(db, { id, messageId, token, channel, outgoingSealed, sender, expectedSegments, cost });
  return sendResult(id, sender);
}

/** What an attempt is made of. */
interface Draft {
  readonly id: string;
  readonly row: DeliveryRow;
  readonly channel: Channel;
  readonly body: MessageBody;
  readonly details: RecipientDetails;
  /** Where the person confirms the message; null where it asks for no confirmation. */
  readonly acknowledgeUrl: string | null;
}

interface Prepared {
  readonly outgoing: Outgoing;
  /** Null where the channel has none. */
  readonly expectedSegments: number | null;
  /** What it will cost, as far as that is known. */
  readonly cost?: CostEstimate | null;
}

async function prepare(dependencies: ActivityDependencies, db: Database, draft: Draft): Promise<Prepared | Refusal> {
  const { row, channel, body, details, acknowledgeUrl } = draft;
  const to = addressOn(channel, details);
  if (to === null) return refusal('unreachable', 'no_address');
  if (row.is_suppressed) return refusal('unreachable', 'suppressed');
  if (isOptedOut(row.opt_outs, channel, row.category)) return refusal('unreachable', 'opted_out_by_recipient');
  const written = await writtenContent(db, row, channel, body);
  if (written === null) return refusal('rejected', 'content_missing');
  const options = renderOptions({ locale: row.locale, timeZone: row.time_zone }, acknowledgeUrl);
  try {
    const content = renderContent(channel, written.source, written.variables, options);
    return await addressed(dependencies, db, draft, { to, content });
  } catch (error) {
    if (error instanceof ContentError) return { kind: 'rejected', code: error.code, message: error.message };
    if (error instanceof RenderError) return refusal('rejected', 'render_failed');
    throw error;
  }
}

/** Puts what has been rendered into the shape of its channel, unless the channel's own rules stand against it. */
async function addressed(
  dependencies: ActivityDependencies,
  db: Database,
  { id, row, channel, body, details, acknowledgeUrl }: Draft,
  { to, content }: { to: string; content: RenderedContent },
): Promise<Prepared | Refusal> {
  const { rules, links } = dependencies;
  const { category, template_name: templateName } = row;
  const outgoing: Outgoing = {
    ...{ to, content, category, templateName },
    toName: details.name,
    replyTo: body.replyTo,
    attachmentCount: row.attachment_count,
    sender: DEFAULT_SENDER,
    expiresAt: row.expires_at?.toISOString() ?? null,
    firstAttemptId: row.uncertain_attempt_id ?? id,
    headers: body.headers ?? {},
    unsubscribeUrl: null,
    returnPathTag: null,
  };
  switch (channel) {
    case 'email': {
      const { tracking = null } = body;
      const linked = addEmailLinks(dependencies, { attemptId: id, content, category, optOuts: row.opt_outs, tracking });
      const returnPathTag = rules.email.hasReturnPath ? links.returnPathTag(id) : null;
      return { outgoing: { ...outgoing, ...linked, returnPathTag }, expectedSegments: null };
    }
    case 'sms': {
      const country = countryOf(to);
      const { segments } = countSegments(content.text);
      const allowed = await allowText(dependencies, db, { country, segments });
      if ('kind' in allowed) return allowed;
      const { cost } = allowed;
      return { outgoing: { ...outgoing, sender: smsSenderFor(rules.sms, country) }, expectedSegments: segments, cost };
    }
    case 'whatsapp': {
      const interactive = body.interactive ?? null;
      const chosen = await chooseWhatsappContent(dependencies, db, { to, content: { ...content, interactive } });
      if ('kind' in chosen) return chosen;
      const confirmable = acknowledgeUrl === null ? chosen : withAcknowledgeButton(chosen, acknowledgeUrl);
      return { outgoing: { ...outgoing, content: confirmable }, expectedSegments: null };
    }
    default:
      return channel satisfies never;
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

/** The default sender goes without saying, as it did before there were others. */
function sendResult(attemptId: string, sender: string | null): RenderResult {
  return { do: 'send', attemptId, ...(sender !== null && sender !== DEFAULT_SENDER && { sender }) };
}
