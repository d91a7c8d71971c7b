create table api_keys (
  id uuid not null,
  name text not null,
  hash bytea not null,
  scopes text[] not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone
);

create table attachment_chunks (
  attachment_id uuid not null,
  "position" integer not null,
  content_sealed bytea not null
);

create table attachments (
  id uuid not null,
  message_id uuid not null,
  "position" integer not null,
  details_sealed bytea not null,
  content_sealed bytea,
  size integer not null
);

create table attempts (
  id uuid not null,
  message_id uuid not null,
  number integer not null,
  token text not null,
  channel text not null,
  outgoing_sealed bytea,
  started_at timestamp with time zone default now() not null,
  called_at timestamp with time zone,
  finished_at timestamp with time zone,
  outcome text,
  error_code text,
  error_kind text,
  error_message text,
  retry_after_seconds integer,
  provider_message_id text,
  delivery_status text,
  segments integer,
  cost_amount numeric(12,6),
  cost_currency text,
  sender text,
  expected_segments integer,
  cost_final boolean default false not null,
  bill_checks integer default 0 not null,
  bill_check_at timestamp with time zone
);

create table audit_log (
  id uuid not null,
  at timestamp with time zone default now() not null,
  actor text not null,
  action text not null,
  resource_type text not null,
  resource_id uuid,
  detail jsonb default '{}'::jsonb not null
);

create table batches (
  id uuid not null,
  api_key_id uuid,
  size integer not null,
  accepted integer not null,
  cancel_requested_at timestamp with time zone,
  cancel_actor text,
  created_at timestamp with time zone default now() not null
);

create table bulk_action_targets (
  bulk_action_id uuid not null,
  message_id uuid not null,
  refused_code text
);

create table bulk_actions (
  id uuid not null,
  actor text not null,
  action text not null,
  channel text,
  filter_sealed bytea not null,
  note_sealed bytea,
  status text default 'running'::text not null,
  matched integer default 0 not null,
  done integer default 0 not null,
  refused jsonb default '{}'::jsonb not null,
  created_at timestamp with time zone default now() not null,
  dispatched_at timestamp with time zone,
  started_at timestamp with time zone,
  stop_requested_at timestamp with time zone,
  finished_at timestamp with time zone
);

create table daily_costs (
  day date not null,
  channel text not null,
  currency text not null,
  amount numeric(14,6) default 0 not null
);

create table idempotency_keys (
  api_key_id uuid not null,
  key text not null,
  request_hash bytea not null,
  response_status integer,
  response_location text,
  response_sealed bytea,
  created_at timestamp with time zone default now() not null,
  claim_id uuid,
  renewed_at timestamp with time zone default now() not null
);

create table inbound_messages (
  id uuid not null,
  provider text not null,
  provider_message_id text not null,
  channel text not null,
  kind text not null,
  address_hash bytea not null,
  recipient_id uuid,
  message_id uuid,
  content_sealed bytea,
  received_at timestamp with time zone default now() not null
);

create table layout_versions (
  id uuid not null,
  layout_id uuid not null,
  version integer not null,
  html text not null,
  author text not null,
  created_at timestamp with time zone default now() not null
);

create table layouts (
  id uuid not null,
  name text not null,
  version integer not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  archived_at timestamp with time zone
);

create table message_events (
  id uuid not null,
  message_id uuid not null,
  at timestamp with time zone default now() not null,
  type text not null,
  channel text,
  detail text,
  actor text not null,
  note_sealed bytea,
  token text
);

create table messages (
  id uuid not null,
  recipient_id uuid not null,
  api_key_id uuid,
  channel text not null,
  channels text[] not null,
  plan_revision integer default 1 not null,
  body_sealed bytea,
  template_id uuid,
  template_name text,
  template_version integer,
  template_version_ids jsonb,
  status text default 'pending'::text not null,
  delivery_status text,
  waiting_for text,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  read_at timestamp with time zone,
  error_code text,
  error_message text,
  retry_count integer default 0 not null,
  attempt_count integer default 0 not null,
  priority text default 'normal'::text not null,
  send_at timestamp with time zone,
  expires_at timestamp with time zone,
  escalate_after_seconds integer,
  until text,
  segments integer,
  cost_amount numeric(12,6),
  cost_currency text,
  cost_final boolean default false not null,
  metadata jsonb default '{}'::jsonb not null,
  calling_attempt_id uuid,
  dispatched_at timestamp with time zone,
  cancel_requested_at timestamp with time zone,
  erased_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  layout_version_id uuid,
  category text default 'transactional'::text not null,
  policy jsonb,
  rounds integer,
  acknowledged_at timestamp with time zone,
  acknowledged_channel text,
  acknowledgement_unsignalled_since timestamp with time zone,
  batch_id uuid,
  cancel_unsignalled_since timestamp with time zone,
  retention text default 'standard'::text not null,
  ended_at timestamp with time zone,
  failed_at timestamp with time zone
) with (fillfactor=85);

create table opt_outs (
  id uuid not null,
  recipient_id uuid not null,
  channel text,
  category text,
  source text not null,
  created_at timestamp with time zone default now() not null
);

create table receipts (
  id uuid not null,
  provider text not null,
  dedupe_key text not null,
  attempt_id uuid,
  provider_message_id text,
  status text,
  raw_sealed bytea not null,
  received_at timestamp with time zone default now() not null,
  unsignalled_since timestamp with time zone,
  error_code text,
  error_kind text,
  retry_after_seconds integer,
  repeats integer
);

create table recipients (
  id uuid not null,
  identity_hash bytea not null,
  external_id_hash bytea,
  email_hash bytea,
  phone_hash bytea,
  whatsapp_hash bytea,
  details_sealed bytea not null,
  locale text,
  time_zone text,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  erased_at timestamp with time zone,
  preferred_channels text[] default '{}'::text[] not null,
  quiet_hours jsonb
);

create table statistics_hourly (
  hour timestamp with time zone not null,
  channel text not null,
  template_id uuid,
  template_name text,
  template_version integer,
  status text not null,
  is_removed boolean not null,
  measures jsonb not null
);

create table statistics_hours (
  hour timestamp with time zone not null,
  computed_at timestamp with time zone
);

create table statistics_progress (
  is_only boolean default true not null,
  computed_until timestamp with time zone not null
);

create table suppressions (
  id uuid not null,
  channel text not null,
  address_hash bytea not null,
  reason text not null,
  created_at timestamp with time zone default now() not null,
  hint_sealed bytea
);

create table template_versions (
  id uuid not null,
  template_id uuid not null,
  version integer not null,
  content text not null,
  subject text,
  html text,
  variables jsonb default '{}'::jsonb not null,
  author text not null,
  created_at timestamp with time zone default now() not null,
  format text default 'text'::text not null,
  layout text,
  sms jsonb default '{}'::jsonb not null,
  whatsapp jsonb,
  locales jsonb default '{}'::jsonb not null,
  note text
);

create table templates (
  id uuid not null,
  name text not null,
  channel text not null,
  is_active boolean default true not null,
  version integer not null,
  archived_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  category text default 'transactional'::text not null,
  policy jsonb,
  retention text default 'standard'::text not null
);

create table whatsapp_approvals (
  content_sid text not null,
  status text not null,
  category text,
  rejection_reason text,
  checked_at timestamp with time zone default now() not null
);

create table whatsapp_contents (
  hash bytea not null,
  content_sid text not null,
  created_at timestamp with time zone default now() not null
);

create table whatsapp_windows (
  sender text not null,
  address_hash bytea not null,
  last_inbound_at timestamp with time zone,
  closed_at timestamp with time zone
);

alter table api_keys add constraint api_keys_hash_key UNIQUE (hash);

alter table api_keys add constraint api_keys_pkey PRIMARY KEY (id);

alter table attachment_chunks add constraint attachment_chunks_pkey PRIMARY KEY (attachment_id, "position");

alter table attachments add constraint attachments_message_id_position_key UNIQUE (message_id, "position");

alter table attachments add constraint attachments_pkey PRIMARY KEY (id);

alter table attempts add constraint attempts_message_id_number_key UNIQUE (message_id, number);

alter table attempts add constraint attempts_message_id_token_key UNIQUE (message_id, token);

alter table attempts add constraint attempts_pkey PRIMARY KEY (id);

alter table audit_log add constraint audit_log_pkey PRIMARY KEY (id);

alter table batches add constraint batches_pkey PRIMARY KEY (id);

alter table bulk_action_targets add constraint bulk_action_targets_pkey PRIMARY KEY (bulk_action_id, message_id);

alter table bulk_actions add constraint bulk_actions_pkey PRIMARY KEY (id);

alter table daily_costs add constraint daily_costs_pkey PRIMARY KEY (day, channel, currency);

alter table idempotency_keys add constraint idempotency_keys_pkey PRIMARY KEY (api_key_id, key);

alter table inbound_messages add constraint inbound_messages_pkey PRIMARY KEY (id);

alter table inbound_messages add constraint inbound_messages_provider_provider_message_id_key UNIQUE (provider, provider_message_id);

alter table layout_versions add constraint layout_versions_layout_id_version_key UNIQUE (layout_id, version);

alter table layout_versions add constraint layout_versions_pkey PRIMARY KEY (id);

alter table layouts add constraint layouts_pkey PRIMARY KEY (id);

alter table message_events add constraint message_events_message_id_token_key UNIQUE (message_id, token);

alter table message_events add constraint message_events_pkey PRIMARY KEY (id);

alter table messages add constraint messages_pkey PRIMARY KEY (id);

alter table opt_outs add constraint opt_outs_check CHECK (((channel IS NOT NULL) OR (category IS NOT NULL)));

alter table opt_outs add constraint opt_outs_pkey PRIMARY KEY (id);

alter table opt_outs add constraint opt_outs_recipient_id_channel_category_key UNIQUE NULLS NOT DISTINCT (recipient_id, channel, category);

alter table receipts add constraint receipts_pkey PRIMARY KEY (id);

alter table receipts add constraint receipts_provider_dedupe_key_key UNIQUE (provider, dedupe_key);

alter table recipients add constraint recipients_external_id_hash_key UNIQUE (external_id_hash);

alter table recipients add constraint recipients_identity_hash_key UNIQUE (identity_hash);

alter table recipients add constraint recipients_pkey PRIMARY KEY (id);

alter table statistics_hours add constraint statistics_hours_pkey PRIMARY KEY (hour);

alter table statistics_progress add constraint statistics_progress_is_only_check CHECK (is_only);

alter table statistics_progress add constraint statistics_progress_pkey PRIMARY KEY (is_only);

alter table suppressions add constraint suppressions_channel_address_hash_key UNIQUE (channel, address_hash);

alter table suppressions add constraint suppressions_pkey PRIMARY KEY (id);

alter table template_versions add constraint template_versions_pkey PRIMARY KEY (id);

alter table template_versions add constraint template_versions_template_id_version_key UNIQUE (template_id, version);

alter table templates add constraint templates_pkey PRIMARY KEY (id);

alter table whatsapp_approvals add constraint whatsapp_approvals_pkey PRIMARY KEY (content_sid);

alter table whatsapp_contents add constraint whatsapp_contents_pkey PRIMARY KEY (hash);

alter table whatsapp_windows add constraint whatsapp_windows_pkey PRIMARY KEY (sender, address_hash);

alter table attachment_chunks add constraint attachment_chunks_attachment_id_fkey FOREIGN KEY (attachment_id) REFERENCES attachments(id) ON DELETE CASCADE;

alter table attachments add constraint attachments_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE;

alter table attempts add constraint attempts_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE;

alter table batches add constraint batches_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id);

alter table bulk_action_targets add constraint bulk_action_targets_bulk_action_id_fkey FOREIGN KEY (bulk_action_id) REFERENCES bulk_actions(id) ON DELETE CASCADE;

alter table idempotency_keys add constraint idempotency_keys_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE CASCADE;

alter table inbound_messages add constraint inbound_messages_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE SET NULL;

alter table inbound_messages add constraint inbound_messages_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES recipients(id) ON DELETE CASCADE;

alter table layout_versions add constraint layout_versions_layout_id_fkey FOREIGN KEY (layout_id) REFERENCES layouts(id) ON DELETE CASCADE;

alter table message_events add constraint message_events_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE;

alter table messages add constraint messages_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id);

alter table messages add constraint messages_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batches(id) ON DELETE SET NULL;

alter table messages add constraint messages_layout_version_id_fkey FOREIGN KEY (layout_version_id) REFERENCES layout_versions(id);

alter table messages add constraint messages_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES recipients(id);

alter table messages add constraint messages_template_id_fkey FOREIGN KEY (template_id) REFERENCES templates(id);

alter table opt_outs add constraint opt_outs_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES recipients(id) ON DELETE CASCADE;

alter table template_versions add constraint template_versions_template_id_fkey FOREIGN KEY (template_id) REFERENCES templates(id) ON DELETE CASCADE;

CREATE INDEX attempts_accepted ON public.attempts USING btree (channel, finished_at) WHERE (outcome = 'accepted'::text);

CREATE INDEX attempts_bill_check ON public.attempts USING btree (bill_check_at) WHERE (bill_check_at IS NOT NULL);

CREATE UNIQUE INDEX attempts_provider_message ON public.attempts USING btree (provider_message_id) WHERE ((provider_message_id IS NOT NULL) AND (channel <> 'email'::text));

CREATE INDEX audit_log_action ON public.audit_log USING btree (action, id);

CREATE INDEX audit_log_actor ON public.audit_log USING btree (actor, id);

CREATE INDEX audit_log_at ON public.audit_log USING btree (at);

CREATE INDEX audit_log_resource_id ON public.audit_log USING btree (resource_id, id);

CREATE INDEX audit_log_resource_type ON public.audit_log USING btree (resource_type, id);

CREATE INDEX bulk_action_targets_open ON public.bulk_action_targets USING btree (bulk_action_id, message_id) WHERE (refused_code IS NULL);

CREATE INDEX bulk_actions_finished_at ON public.bulk_actions USING btree (finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX bulk_actions_not_dispatched ON public.bulk_actions USING btree (created_at) WHERE (dispatched_at IS NULL);

CREATE INDEX idempotency_keys_created_at ON public.idempotency_keys USING btree (created_at);

CREATE INDEX idempotency_keys_location ON public.idempotency_keys USING btree (response_location) WHERE (response_location IS NOT NULL);

CREATE INDEX inbound_messages_address ON public.inbound_messages USING btree (channel, address_hash, id);

CREATE INDEX inbound_messages_message ON public.inbound_messages USING btree (message_id, id) WHERE (message_id IS NOT NULL);

CREATE INDEX inbound_messages_received_at ON public.inbound_messages USING btree (received_at);

CREATE INDEX inbound_messages_recipient ON public.inbound_messages USING btree (recipient_id) WHERE (recipient_id IS NOT NULL);

CREATE UNIQUE INDEX layouts_name ON public.layouts USING btree (name) WHERE (archived_at IS NULL);

CREATE INDEX message_events_message ON public.message_events USING btree (message_id, id);

CREATE INDEX messages_acknowledgement_unsignalled ON public.messages USING btree (acknowledgement_unsignalled_since) WHERE (acknowledgement_unsignalled_since IS NOT NULL);

CREATE INDEX messages_batch ON public.messages USING btree (batch_id, status) WHERE (batch_id IS NOT NULL);

CREATE INDEX messages_cancel_unsignalled ON public.messages USING btree (cancel_unsignalled_since) WHERE (cancel_unsignalled_since IS NOT NULL);

CREATE INDEX messages_channel ON public.messages USING btree (channel, id) WHERE (erased_at IS NULL);

CREATE INDEX messages_created_at ON public.messages USING btree (created_at);

CREATE INDEX messages_delivery_status ON public.messages USING btree (delivery_status, id) WHERE (delivery_status IS NOT NULL);

CREATE INDEX messages_error_code ON public.messages USING btree (error_code, id) WHERE (error_code IS NOT NULL);

CREATE INDEX messages_failed_at ON public.messages USING btree (failed_at) WHERE (failed_at IS NOT NULL);

CREATE INDEX messages_metadata ON public.messages USING gin (metadata jsonb_path_ops);

CREATE INDEX messages_not_dispatched ON public.messages USING btree (created_at) WHERE (dispatched_at IS NULL);

CREATE INDEX messages_open ON public.messages USING btree (id) WHERE (ended_at IS NULL);

CREATE INDEX messages_priority ON public.messages USING btree (priority, id) WHERE (priority <> 'normal'::text);

CREATE INDEX messages_recipient ON public.messages USING btree (recipient_id, id);

CREATE INDEX messages_retention ON public.messages USING btree (retention, ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX messages_sent_at ON public.messages USING btree (sent_at) WHERE (sent_at IS NOT NULL);

CREATE INDEX messages_status ON public.messages USING btree (status, id) WHERE (erased_at IS NULL);

CREATE INDEX messages_template ON public.messages USING btree (template_id, id) WHERE (template_id IS NOT NULL);

CREATE INDEX messages_updated_at ON public.messages USING brin (updated_at) WITH (pages_per_range='16', autosummarize='on');

CREATE INDEX messages_waiting_for ON public.messages USING btree (waiting_for, id) WHERE (waiting_for IS NOT NULL);

CREATE INDEX receipts_attempt ON public.receipts USING btree (attempt_id) WHERE (attempt_id IS NOT NULL);

CREATE INDEX receipts_received_at ON public.receipts USING btree (received_at);

CREATE INDEX receipts_unsignalled ON public.receipts USING btree (unsignalled_since) WHERE (unsignalled_since IS NOT NULL);

CREATE INDEX recipients_email ON public.recipients USING btree (email_hash) WHERE (email_hash IS NOT NULL);

CREATE INDEX recipients_erased_at ON public.recipients USING btree (erased_at) WHERE (erased_at IS NOT NULL);

CREATE INDEX recipients_locale ON public.recipients USING btree (lower(locale), id) WHERE ((locale IS NOT NULL) AND (erased_at IS NULL));

CREATE INDEX recipients_phone ON public.recipients USING btree (phone_hash) WHERE (phone_hash IS NOT NULL);

CREATE INDEX recipients_whatsapp ON public.recipients USING btree (whatsapp_hash) WHERE (whatsapp_hash IS NOT NULL);

CREATE INDEX statistics_hourly_hour ON public.statistics_hourly USING btree (hour);

CREATE UNIQUE INDEX statistics_hourly_present ON public.statistics_hourly USING btree (hour, channel, template_id, template_name, template_version, status) NULLS NOT DISTINCT WHERE (NOT is_removed);

CREATE INDEX statistics_hourly_removed ON public.statistics_hourly USING btree (template_id, hour) WHERE is_removed;

CREATE INDEX suppressions_channel ON public.suppressions USING btree (channel, id);

CREATE UNIQUE INDEX templates_name_channel ON public.templates USING btree (name, channel) WHERE (archived_at IS NULL);
