import { type Kysely, sql } from 'kysely';

/** How long a message is kept, when it ended, and indexes by which what is due is found without reading a whole table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // What has ended before is marked once; on a large table that takes longer than a statement may otherwise.
  'set local statement_timeout = 0',
  `alter table messages add column retention text not null default 'standard', add column ended_at timestamptz`,
  `alter table templates add column retention text not null default 'standard'`,
  `update messages set ended_at = updated_at
    where status <> 'pending' and waiting_for is null and calling_attempt_id is null`,
  'create index messages_retention on messages (retention, ended_at) where ended_at is not null',
  'create index messages_open on messages (id) where ended_at is null',
  'create index receipts_received_at on receipts (received_at)',
  'create index inbound_messages_received_at on inbound_messages (received_at)',
  'create index recipients_erased_at on recipients (erased_at) where erased_at is not null',
];
