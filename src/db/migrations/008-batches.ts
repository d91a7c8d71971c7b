import { type Kysely, sql } from 'kysely';

/** Messages that were accepted together, and cancellations of which workflows have yet to be told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table batches (
    id uuid primary key,
    api_key_id uuid references api_keys (id),
    size integer not null,
    accepted integer not null,
    cancel_requested_at timestamptz,
    cancel_actor text,
    created_at timestamptz not null default now()
  )`,
  `alter table messages
    add column batch_id uuid references batches (id) on delete set null,
    add column cancel_unsignalled_since timestamptz`,
  'create index messages_batch on messages (batch_id, status) where batch_id is not null',
  `create index messages_cancel_unsignalled on messages (cancel_unsignalled_since)
    where cancel_unsignalled_since is not null`,
];
