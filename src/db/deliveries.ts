import { type SqlBool, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { OptOut } from '../domain/opt-outs.ts';
import type { KeptPolicy } from '../domain/policy.ts';
import type { QuietHours } from '../domain/recipient.ts';
import type { MessageStatus, Priority, WaitingFor } from '../domain/statuses.ts';
import { costOfAttempts } from './bills.ts';
import type { Database } from './database.ts';
import type { PlanColumns } from './plan-of-row.ts';

/** A message as its workflow sees it: what the queries of this file read and write belongs to the workflow alone. */
export interface DeliveryRow extends PlanColumns {
  id: string;
  recipient_id: string;
  body_sealed: Buffer | null;
  details_sealed: Buffer;
  locale: string | null;
  time_zone: string | null;
  template_name: string | null;
  template_version_id: string | null;
  layout_version_id: string | null;
  category: string;
  opt_outs: OptOut[];
  attachment_count: number;
  priority: Priority;
  quiet_hours: QuietHours | null;
  policy: KeptPolicy | null;
  is_stopped: boolean;
  is_expired: boolean;
  acknowledged_at: Date | null;
  acknowledged_channel: Channel | null;
  is_suppressed: boolean;
  /** The attempt that an earlier run of the same step had made. */
  known_attempt_id: string | null;
  /** Sender of the attempt that an earlier run of the same step had made. */
  known_attempt_sender: string | null;
  /** The first attempt on this channel whose outcome is unknown. */
  uncertain_attempt_id: string | null;
  /**
   * An attempt of unknown outcome for which a receipt has come in since, or one that was accepted and whose workflow was
   * lost before it had recorded that.
   */
  taken_attempt_id: string | null;
}

/** Reads and locks all that one attempt needs, in one statement. */
export async function lockDelivery(
  db: Database,
  step: { messageId: string; channel: Channel; token: string },
): Promise<DeliveryRow | undefined> {
  const { messageId, channel, token } = step;
  return await db
    .selectFrom('messages as m')
    .innerJoin('recipients as r', 'r.id', 'm.recipient_id')
    .where('m.id', '=', messageId)
    .select(['m.id', 'm.recipient_id', 'm.body_sealed', 'm.plan_revision', 'm.channels', 'm.send_at', 'm.expires_at'])
    .select(['m.escalate_after_seconds', 'm.until', 'm.rounds', 'm.template_name', 'm.layout_version_id', 'm.category'])
    .select(['m.priority', 'm.policy', 'm.acknowledged_at', 'm.acknowledged_channel'])
    .select(['r.details_sealed', 'r.locale', 'r.time_zone', 'r.quiet_hours'])
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('opt_outs as o')
          .select(['o.channel', 'o.category'])
          .whereRef('o.recipient_id', '=', 'm.recipient_id'),
      ).as('opt_outs'),
    )
    .select([
      sql<string | null>`m.template_version_ids ->> ${channel}`.as('template_version_id'),
      sql<number>`(select count(*)::int from attachments a where a.message_id = m.id)`.as('attachment_count'),
      sql<boolean>`m.cancel_requested_at is not null or m.erased_at is not null`.as('is_stopped'),
      sql<boolean>`coalesce(m.expires_at <= now(), false)`.as('is_expired'),
      sql<boolean>`exists (
        select 1 from suppressions s where s.channel = ${channel} and s.address_hash =
          case s.channel when 'email' then r.email_hash when 'sms' then r.phone_hash else r.whatsapp_hash end
      )`.as('is_suppressed'),
      sql<string | null>`(select a.id from attempts a where a.message_id = m.id and a.token = ${token})`.as(
        'known_attempt_id',
      ),
      sql<string | null>`(select a.sender from attempts a where a.message_id = m.id and a.token = ${token})`.as(
        'known_attempt_sender',
      ),
      sql<string | null>`(
        select a.id from attempts a where a.message_id = m.id and a.channel = ${channel} and a.outcome = 'uncertain'
        order by a.number limit 1
      )`.as('uncertain_attempt_id'),
      sql<string | null>`(
        select a.id from attempts a where a.message_id = m.id and a.channel = ${channel} and (a.outcome = 'uncertain'
          and a.delivery_status in ('accepted', 'delivered', 'read', 'complained')
          or a.outcome = 'accepted' and not exists (
            select 1 from message_events e where e.message_id = a.message_id and e.token = a.token
          )) limit 1
      )`.as('taken_attempt_id'),
    ])
    .forUpdate('m')
    .executeTakeFirst();
}

export interface DeliveryStep {
  messageId: string;
  token: string;
  status: MessageStatus;
  channel: Channel;
  waitingFor: WaitingFor | null;
  /** Whether nothing more is to be done. */
  hasEnded: boolean;
  errorCode: string | null;
  /** Used where no attempt of the message has a sentence for the code. */
  errorSentence: string | null;
  event: { type: string; channel: Channel; detail: string | null; actor: string };
}

/** Keeps one step of a message's life and its event in one statement; a repeated call changes nothing. */
export async function recordStep(db: Database, step: DeliveryStep): Promise<void> {
  const { messageId, event } = step;
  const hasJustBeenTaken = sql<SqlBool>`${event.type === 'sent'}::boolean`;
  const isAcknowledgement = sql<SqlBool>`${event.type === 'acknowledged'}::boolean`;
  await sql`
    with event as (
      insert into message_events (id, message_id, type, channel, detail, actor, token)
      select ${uuidv7()}, id, ${event.type}, ${event.channel}, ${event.detail}, ${event.actor}, ${step.token}
      from messages where id = ${messageId}
      on conflict (message_id, token) do nothing
      returning message_id
    ), taken_attempt as (
      select coalesce(segments, expected_segments) as segments, delivery_status from attempts
      where message_id = ${messageId} and channel = ${step.channel} and (outcome = 'accepted'
        or outcome = 'uncertain' and delivery_status in ('accepted', 'delivered', 'read', 'complained'))
      order by number desc limit 1
    )
    update messages m set
      status = ${step.status},
      channel = ${step.channel},
      waiting_for = ${step.waitingFor},
      calling_attempt_id = null,
      ended_at = case when ${step.hasEnded}::boolean then now() end,
      error_code = ${step.errorCode}::text,
      error_message = case when ${step.errorCode}::text is null then null else coalesce((
        select error_message from attempts
        where message_id = m.id and error_code = ${step.errorCode} order by number desc limit 1
      ), ${step.errorSentence}) end,
      acknowledged_at = case when ${isAcknowledgement} then coalesce(m.acknowledged_at, now()) else m.acknowledged_at end,
      acknowledged_channel = case
        when ${isAcknowledgement} then coalesce(m.acknowledged_channel, ${step.channel}) else m.acknowledged_channel end,
      failed_at = case when ${step.status} = 'failed' then coalesce(m.failed_at, now()) end,
      sent_at = case when ${hasJustBeenTaken} then coalesce(m.sent_at, now()) else m.sent_at end,
      delivery_status = case
        when ${hasJustBeenTaken} and coalesce(m.delivery_status, 'undelivered') in ('undelivered', 'bounced')
        then (select delivery_status from taken_attempt) else m.delivery_status end,
      segments = case when ${hasJustBeenTaken} then (select segments from taken_attempt) else m.segments end,
      (cost_amount, cost_currency, cost_final) = (
        select * from (${costOfAttempts()}) cost where ${hasJustBeenTaken}
        union all select m.cost_amount, m.cost_currency, m.cost_final where not ${hasJustBeenTaken}
      ),
      updated_at = now()
    from event where m.id = event.message_id
  `.execute(db);
}
