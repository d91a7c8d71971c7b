import { type Kysely, sql } from 'kysely';

/** What channels in full depth keep: bills, why receipts failed, replies, WhatsApp windows, contents and approvals. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `alter table attempts
    add column sender text,
    add column expected_segments integer,
    add column cost_final boolean not null default false,
    add column bill_checks integer not null default 0,
    add column bill_check_at timestamptz`,
  'create index attempts_bill_check on attempts (bill_check_at) where bill_check_at is not null',

  `alter table receipts
    add column error_code text,
    add column error_kind text,
    add column retry_after_seconds integer,
    add column repeats integer`,

  'alter table attachments alter column content_sealed drop not null',
  `create table attachment_chunks (
    attachment_id uuid not null references attachments (id) on delete cascade,
    position integer not null,
    content_sealed bytea not null,
    primary key (attachment_id, position)
  )`,

  `create table inbound_messages (
    id uuid primary key,
    provider text not null,
    provider_message_id text not null,
    channel text not null,
    kind text not null,
    address_hash bytea not null,
    recipient_id uuid references recipients (id) on delete cascade,
    message_id uuid references messages (id) on delete set null,
    content_sealed bytea,
    received_at timestamptz not null default now(),
    unique (provider, provider_message_id)
  )`,
  'create index inbound_messages_message on inbound_messages (message_id, id) where message_id is not null',
  'create index inbound_messages_recipient on inbound_messages (recipient_id) where recipient_id is not null',
  'create index inbound_messages_address on inbound_messages (channel, address_hash, id)',

  `create table whatsapp_windows (
    sender text not null,
    address_hash bytea not null,
    last_inbound_at timestamptz,
    closed_at timestamptz,
    primary key (sender, address_hash)
  )`,
  `create table whatsapp_contents (
    hash bytea primary key,
    content_sid text not null,
    created_at timestamptz not null default now()
  )`,
  `create table whatsapp_approvals (
    content_sid text primary key,
    status text not null,
    category text,
    rejection_reason text,
    checked_at timestamptz not null default now()
  )`,

  `create table daily_costs (
    day date not null,
    channel text not null,
    currency text not null,
    amount numeric(14, 6) not null default 0,
    primary key (day, channel, currency)
  )`,
];
