import { type Kysely, sql } from 'kysely';

/** What a message's life adds: patience of its own, rounds of its plan, and who has confirmed it where. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `alter table messages
    add column policy jsonb,
    add column rounds integer,
    add column acknowledged_at timestamptz,
    add column acknowledged_channel text,
    add column acknowledgement_unsignalled_since timestamptz`,
  `create index messages_acknowledgement_unsignalled on messages (acknowledgement_unsignalled_since)
    where acknowledgement_unsignalled_since is not null`,
  'alter table templates add column policy jsonb',
];
