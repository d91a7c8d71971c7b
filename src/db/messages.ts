import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { KeptPolicy } from '../domain/policy.ts';
import type { DeliveryStatus, EscalationGoal, MessageStatus, Priority, WaitingFor } from '../domain/statuses.ts';
import type { ContentFormat, LocaleVariant } from '../domain/template-content.ts';
import type { Database } from './database.ts';
import { insertRows } from './insert-rows.ts';
import type { DB } from './tables.ts';

/** A message as its readers see it, with the template version of the channel in use. */
export interface MessageRow {
  id: string;
  recipient_id: string;
  batch_id: string | null;
  channel: Channel;
  channels: Channel[];
  plan_revision: number;
  body_sealed: Buffer | null;
  template_id: string | null;
  template_name: string | null;
  template_version: number | null;
  version_content: string | null;
  version_subject: string | null;
  version_html: string | null;
  version_format: ContentFormat | null;
  version_locales: Record<string, LocaleVariant> | null;
  version_variables: Record<string, unknown> | null;
  locale: string | null;
  time_zone: string | null;
  status: MessageStatus;
  delivery_status: DeliveryStatus | null;
  waiting_for: WaitingFor | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  acknowledged_at: Date | null;
  acknowledged_channel: Channel | null;
  error_code: string | null;
  error_message: string | null;
  retry_count: number;
  priority: Priority;
  send_at: Date | null;
  expires_at: Date | null;
  escalate_after_seconds: number | null;
  until: EscalationGoal | null;
  rounds: number | null;
  policy: KeptPolicy | null;
  retention: string;
  segments: number | null;
  cost_amount: string | null;
  cost_currency: string | null;
  cost_final: boolean;
  metadata: unknown;
  calling_attempt_id: string | null;
  cancel_requested_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export interface NewMessageRow {
  id: string;
  recipient_id: string;
  api_key_id: string | null;
  batch_id: string | null;
  channel: Channel;
  channels: Channel[];
  body_sealed: Buffer;
  template_id: string | null;
  template_name: string | null;
  template_version: number | null;
  template_version_ids: Record<string, string> | null;
  layout_version_id: string | null;
  category: string;
  /** Class of the time for which it is kept. */
  retention: string;
  waiting_for: WaitingFor | null;
  priority: Priority;
  send_at: Date | null;
  expires_at: Date | null;
  escalate_after_seconds: number | null;
  until: EscalationGoal | null;
  rounds: number | null;
  policy: KeptPolicy | null;
  metadata: Record<string, string>;
}

/** Stores a message together with its first event. */
export async function insertMessage(db: Database, row: NewMessageRow, actor: string): Promise<void> {
  const { template_version_ids, policy, metadata, ...columns } = row;
  await db
    .with('message', (cte) =>
      cte
        .insertInto('messages')
        .values({
          ...columns,
          template_version_ids: template_version_ids === null ? null : JSON.stringify(template_version_ids),
          policy: policy === null ? null : JSON.stringify(policy),
          metadata: JSON.stringify(metadata),
        })
        .returning(['id', 'channel']),
    )
    .insertInto('message_events')
    .columns(['id', 'message_id', 'type', 'channel', 'actor'])
    .expression((eb) =>
      eb
        .selectFrom('message')
        .select([sql<string>`${uuidv7()}::uuid`.as('event_id'), 'id', sql<string>`'accepted'`.as('type'), 'channel'])
        .select(sql<string>`${actor}::text`.as('actor')),
    )
    .execute();
}

/** Stores messages together with their first events, in two statements however many they are. */
export async function insertMessages(db: Database, rows: readonly NewMessageRow[], actor: string): Promise<void> {
  await insertRows(db, 'messages', rows);
  const events = rows.map(({ id, channel }) => ({ id: uuidv7(), message_id: id, type: 'accepted', channel, actor }));
  await insertRows(db, 'message_events', events);
}

export async function findMessage(db: Database, id: string): Promise<MessageRow | undefined> {
  return await selectMessages(db).where('m.id', '=', id).executeTakeFirst();
}

/** Locks a message against its workflow and other callers until the transaction ends. */
export async function lockMessage(db: Database, id: string): Promise<MessageRow | undefined> {
  return await selectMessages(db).where('m.id', '=', id).forUpdate('m').executeTakeFirst();
}

export interface MessageFilter {
  status?: MessageStatus;
  channel?: Channel;
  deliveryStatus?: DeliveryStatus;
  waitingFor?: WaitingFor;
  recipientId?: string;
  batchId?: string;
  templateId?: string;
  errorCode?: string;
  priority?: Priority;
  createdAfter?: Date;
  createdBefore?: Date;
  sentAfter?: Date;
  sentBefore?: Date;
  failedAfter?: Date;
  failedBefore?: Date;
  metadata?: Record<string, string>;
}

export interface Page {
  /** Rows older than this id. */
  before?: string;
  /** Rows newer than this id. */
  after?: string;
  limit: number;
}

/** The newest first. Keyset pages: a row that is added meanwhile moves no other row to another page. */
export async function listMessages(db: Database, filter: MessageFilter, page: Page): Promise<MessageRow[]> {
  const query = selectMessages(db)
    .where((eb) => eb.and(conditions(eb, filter)))
    .limit(page.limit);
  if (page.after !== undefined) {
    return (await query.where('m.id', '>', page.after).orderBy('m.id', 'asc').execute()).reverse();
  }
  const older = page.before === undefined ? query : query.where('m.id', '<', page.before);
  return await older.orderBy('m.id', 'desc').execute();
}

/** The ids of the messages that a filter finds, no more than a limit, as a part of other statements. */
export function selectMessageIds(db: Database, filter: MessageFilter, limit: number) {
  return db
    .selectFrom('messages as m')
    .where('m.erased_at', 'is', null)
    .where((eb) => eb.and(conditions(eb, filter)))
    .select('m.id')
    .limit(limit);
}

function conditions(eb: ExpressionBuilder<DB & { m: DB['messages'] }, 'm'>, filter: MessageFilter) {
  const equal = [
    ['m.status', filter.status],
    ['m.channel', filter.channel],
    ['m.delivery_status', filter.deliveryStatus],
    ['m.waiting_for', filter.waitingFor],
    ['m.recipient_id', filter.recipientId],
    ['m.batch_id', filter.batchId],
    ['m.template_id', filter.templateId],
    ['m.error_code', filter.errorCode],
    ['m.priority', filter.priority],
  ] as const;
  const ranges = [
    ['m.created_at', '>=', filter.createdAfter],
    ['m.created_at', '<', filter.createdBefore],
    ['m.sent_at', '>=', filter.sentAfter],
    ['m.sent_at', '<', filter.sentBefore],
    ['m.failed_at', '>=', filter.failedAfter],
    ['m.failed_at', '<', filter.failedBefore],
  ] as const;
  const all = [
    ...equal.filter(([, value]) => value !== undefined).map(([column, value]) => eb(column, '=', value as never)),
    ...ranges.flatMap(([column, sign, value]) => (value === undefined ? [] : [eb(column, sign, value)])),
  ];
  if (filter.metadata !== undefined)
    all.push(sql<SqlBool>`m.metadata @> ${JSON.stringify(filter.metadata)}::jsonb` as never);
  return all;
}

function selectMessages(db: Database) {
  return db
    .selectFrom('messages as m')
    .innerJoin('recipients as r', 'r.id', 'm.recipient_id')
    .leftJoin('template_versions as v', (join) =>
      join.on(sql<SqlBool>`v.id = (m.template_version_ids ->> m.channel)::uuid`),
    )
    .where('m.erased_at', 'is', null)
    .select('m.batch_id')
    .select(['m.id', 'm.recipient_id', 'm.channel', 'm.channels', 'm.plan_revision', 'm.body_sealed', 'm.template_id'])
    .select(['m.template_name', 'm.template_version', 'v.content as version_content', 'v.subject as version_subject'])
    .select(['v.html as version_html', 'v.format as version_format', 'v.locales as version_locales'])
    .select(['v.variables as version_variables', 'r.locale', 'r.time_zone'])
    .select(['m.status', 'm.delivery_status', 'm.waiting_for', 'm.sent_at', 'm.delivered_at', 'm.read_at'])
    .select(['m.acknowledged_at', 'm.acknowledged_channel'])
    .select(['m.error_code', 'm.error_message', 'm.retry_count', 'm.priority', 'm.send_at', 'm.expires_at'])
    .select([
      'm.escalate_after_seconds',
      'm.until',
      'm.rounds',
      'm.policy',
      'm.segments',
      'm.cost_amount',
      'm.cost_currency',
      'm.cost_final',
    ])
    .select([
      'm.metadata',
      'm.retention',
      'm.calling_attempt_id',
      'm.cancel_requested_at',
      'm.created_at',
      'm.updated_at',
    ]);
}

export type MessageChange = Pick<
  NewMessageRow,
  | 'channel'
  | 'channels'
  | 'body_sealed'
  | 'template_id'
  | 'template_name'
  | 'template_version'
  | 'template_version_ids'
  | 'layout_version_id'
  | 'category'
  | 'waiting_for'
  | 'priority'
  | 'send_at'
  | 'expires_at'
  | 'policy'
>;

/** Gives a locked message new content or a new plan; its workflow sees that by the plan's revision. */
export async function updateMessage(db: Database, id: string, change: MessageChange): Promise<void> {
  const { template_version_ids, policy, ...columns } = change;
  await db
    .updateTable('messages')
    .set({
      ...columns,
      template_version_ids: template_version_ids === null ? null : JSON.stringify(template_version_ids),
      policy: policy === null ? null : JSON.stringify(policy),
      plan_revision: sql`plan_revision + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .execute();
}

/** From now on no provider is called for this message, whatever its workflow still believes. */
export async function requestCancel(db: Database, id: string): Promise<void> {
  await db
    .updateTable('messages')
    .set({ cancel_requested_at: sql`coalesce(cancel_requested_at, now())`, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

/** Lifts a cancellation, so that an operator can send the message after all: it has not ended yet. */
export async function withdrawCancel(db: Database, id: string): Promise<void> {
  await db.updateTable('messages').set({ cancel_requested_at: null, ended_at: null }).where('id', '=', id).execute();
}

export async function eraseMessage(db: Database, id: string): Promise<void> {
  await eraseMessages(db, [id]);
}

/** Removes content and addresses for good, however many messages they are of; what remains is what statistics count. */
export async function eraseMessages(db: Database, ids: readonly string[]): Promise<void> {
  const isOfThem = sql<SqlBool>`message_id = any(${ids}::uuid[])`;
  const attemptIds = db.selectFrom('attempts').select('id').where(isOfThem);
  await db.deleteFrom('attachments').where(isOfThem).execute();
  await db.deleteFrom('receipts').where('attempt_id', 'in', attemptIds).execute();
  await db.updateTable('attempts').set({ outgoing_sealed: null }).where(isOfThem).execute();
  await db.updateTable('inbound_messages').set({ content_sealed: null }).where(isOfThem).execute();
  await db
    .updateTable('message_events')
    .set({ note_sealed: null })
    .where(isOfThem)
    .where('note_sealed', 'is not', null)
    .execute();
  await db
    .updateTable('messages')
    .set({ body_sealed: null, metadata: '{}', erased_at: sql`now()`, updated_at: sql`now()` })
    .where(sql<SqlBool>`id = any(${ids}::uuid[])`)
    .execute();
}
