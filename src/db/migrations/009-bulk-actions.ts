import { type Kysely, sql } from 'kysely';

/** Actions of operators on many messages at once, and the messages that each has still to do or was refused by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table bulk_actions (
    id uuid primary key,
    actor text not null,
    action text not null,
    channel text,
    filter_sealed bytea not null,
    note_sealed bytea,
    status text not null default 'running',
    matched integer not null default 0,
    done integer not null default 0,
    refused jsonb not null default '{}',
    created_at timestamptz not null default now(),
    dispatched_at timestamptz,
    started_at timestamptz,
    stop_requested_at timestamptz,
    finished_at timestamptz
  )`,
  'create index bulk_actions_not_dispatched on bulk_actions (created_at) where dispatched_at is null',
  'create index bulk_actions_finished_at on bulk_actions (finished_at) where finished_at is not null',
  // The messages have no say in this: what has been deleted meanwhile is refused like anything else.
  `create table bulk_action_targets (
    bulk_action_id uuid not null references bulk_actions (id) on delete cascade,
    message_id uuid not null,
    refused_code text,
    primary key (bulk_action_id, message_id)
  )`,
  'create index bulk_action_targets_open on bulk_action_targets (bulk_action_id, message_id) where refused_code is null',
];
