import { type Kysely, sql } from 'kysely';

/** What recipients prefer and refuse, hints to suppressed addresses, and indexes for the lists of all of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `alter table recipients
    add column preferred_channels text[] not null default '{}',
    add column quiet_hours jsonb`,
  'create index recipients_locale on recipients (lower(locale), id) where locale is not null and erased_at is null',

  `create table opt_outs (
    id uuid primary key,
    recipient_id uuid not null references recipients (id) on delete cascade,
    channel text,
    category text,
    source text not null,
    created_at timestamptz not null default now(),
    check (channel is not null or category is not null),
    unique nulls not distinct (recipient_id, channel, category)
  )`,

  'alter table suppressions add column hint_sealed bytea',
  'create index suppressions_channel on suppressions (channel, id)',

  'drop index audit_log_resource',
  'create index audit_log_resource_id on audit_log (resource_id, id)',
  'create index audit_log_resource_type on audit_log (resource_type, id)',
  'create index audit_log_actor on audit_log (actor, id)',
  'create index audit_log_action on audit_log (action, id)',
  'create index audit_log_at on audit_log (at)',
];
