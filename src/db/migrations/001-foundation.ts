import { type Kysely, sql } from 'kysely';

/**
 * The tables of the first release. Columns named `*_sealed` hold AES-256-GCM ciphertext, `*_hash` an HMAC-SHA-256 by
 * which an address is found; no personal data is stored in any other column.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table recipients (
    id uuid primary key,
    identity_hash bytea not null unique,
    external_id_hash bytea unique,
    email_hash bytea,
    phone_hash bytea,
    whatsapp_hash bytea,
    details_sealed bytea not null,
    locale text,
    time_zone text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    erased_at timestamptz
  )`,
  'create index recipients_email on recipients (email_hash) where email_hash is not null',
  'create index recipients_phone on recipients (phone_hash) where phone_hash is not null',
  'create index recipients_whatsapp on recipients (whatsapp_hash) where whatsapp_hash is not null',

  `create table templates (
    id uuid primary key,
    name text not null,
    channel text not null,
    is_active boolean not null default true,
    version integer not null,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  'create unique index templates_name_channel on templates (name, channel) where archived_at is null',

  `create table template_versions (
    id uuid primary key,
    template_id uuid not null references templates (id) on delete cascade,
    version integer not null,
    content text not null,
    subject text,
    html text,
    variables jsonb not null default '{}',
    author text not null,
    created_at timestamptz not null default now(),
    unique (template_id, version)
  )`,

  `create table api_keys (
    id uuid primary key,
    name text not null,
    hash bytea not null unique,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
  )`,

  `create table messages (
    id uuid primary key,
    recipient_id uuid not null references recipients (id),
    api_key_id uuid references api_keys (id),
    channel text not null,
    channels text[] not null,
    plan_revision integer not null default 1,
    body_sealed bytea,
    template_id uuid references templates (id),
    template_name text,
    template_version integer,
    template_version_ids jsonb,
    status text not null default 'pending',
    delivery_status text,
    waiting_for text,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    error_code text,
    error_message text,
    retry_count integer not null default 0,
    attempt_count integer not null default 0,
    priority text not null default 'normal',
    send_at timestamptz,
    expires_at timestamptz,
    escalate_after_seconds integer,
    until text,
    segments integer,
    cost_amount numeric(12, 6),
    cost_currency text,
    cost_final boolean not null default false,
    metadata jsonb not null default '{}',
    calling_attempt_id uuid,
    dispatched_at timestamptz,
    cancel_requested_at timestamptz,
    erased_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  ) with (fillfactor = 85)`,
  'create index messages_not_dispatched on messages (created_at) where dispatched_at is null',
  'create index messages_status on messages (status, id) where erased_at is null',
  'create index messages_channel on messages (channel, id) where erased_at is null',
  'create index messages_delivery_status on messages (delivery_status, id) where delivery_status is not null',
  'create index messages_waiting_for on messages (waiting_for, id) where waiting_for is not null',
  'create index messages_recipient on messages (recipient_id, id)',
  'create index messages_template on messages (template_id, id) where template_id is not null',
  'create index messages_error_code on messages (error_code, id) where error_code is not null',
  `create index messages_priority on messages (priority, id) where priority <> 'normal'`,
  'create index messages_created_at on messages (created_at)',
  'create index messages_sent_at on messages (sent_at) where sent_at is not null',
  'create index messages_metadata on messages using gin (metadata jsonb_path_ops)',

  `create table attachments (
    id uuid primary key,
    message_id uuid not null references messages (id) on delete cascade,
    position integer not null,
    details_sealed bytea not null,
    content_sealed bytea not null,
    size integer not null,
    unique (message_id, position)
  )`,

  `create table attempts (
    id uuid primary key,
    message_id uuid not null references messages (id) on delete cascade,
    number integer not null,
    token text not null,
    channel text not null,
    outgoing_sealed bytea,
    started_at timestamptz not null default now(),
    called_at timestamptz,
    finished_at timestamptz,
    outcome text,
    error_code text,
    error_kind text,
    error_message text,
    retry_after_seconds integer,
    provider_message_id text,
    delivery_status text,
    segments integer,
    cost_amount numeric(12, 6),
    cost_currency text,
    unique (message_id, number),
    unique (message_id, token)
  )`,
  `create unique index attempts_provider_message on attempts (provider_message_id)
    where provider_message_id is not null and channel <> 'email'`,

  `create table message_events (
    id uuid primary key,
    message_id uuid not null references messages (id) on delete cascade,
    at timestamptz not null default now(),
    type text not null,
    channel text,
    detail text,
    actor text not null,
    note_sealed bytea,
    token text,
    unique (message_id, token)
  )`,
  'create index message_events_message on message_events (message_id, id)',

  `create table receipts (
    id uuid primary key,
    provider text not null,
    dedupe_key text not null,
    attempt_id uuid,
    provider_message_id text,
    status text,
    raw_sealed bytea not null,
    received_at timestamptz not null default now(),
    unsignalled_since timestamptz,
    unique (provider, dedupe_key)
  )`,
  'create index receipts_unsignalled on receipts (unsignalled_since) where unsignalled_since is not null',
  'create index receipts_attempt on receipts (attempt_id) where attempt_id is not null',

  `create table suppressions (
    id uuid primary key,
    channel text not null,
    address_hash bytea not null,
    reason text not null,
    created_at timestamptz not null default now(),
    unique (channel, address_hash)
  )`,

  `create table idempotency_keys (
    api_key_id uuid not null references api_keys (id) on delete cascade,
    key text not null,
    request_hash bytea not null,
    response_status integer,
    response_location text,
    response_sealed bytea,
    created_at timestamptz not null default now(),
    primary key (api_key_id, key)
  )`,
  'create index idempotency_keys_location on idempotency_keys (response_location) where response_location is not null',
  'create index idempotency_keys_created_at on idempotency_keys (created_at)',

  `create table audit_log (
    id uuid primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    resource_type text not null,
    resource_id uuid,
    detail jsonb not null default '{}'
  )`,
  'create index audit_log_resource on audit_log (resource_type, resource_id, id)',
];
