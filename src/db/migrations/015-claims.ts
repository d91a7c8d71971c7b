import { type Kysely, sql } from 'kysely';

/** Who works on a request with an idempotency key, and when they last said so. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  'alter table idempotency_keys add column claim_id uuid',
  'alter table idempotency_keys add column renewed_at timestamptz not null default now()',
];
