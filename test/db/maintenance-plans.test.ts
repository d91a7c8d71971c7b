import { type CompiledQuery, Kysely, type LogEvent, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  listRetentions,
  lockExpiredMessages,
  removeErasedRecipients,
  removeIdempotencyKeys,
  removeInboundMessages,
  removeMessages,
  removeReceipts,
} from '../../src/db/clean-up.ts';
import type { Database } from '../../src/db/database.ts';
import { listOpenMessages } from '../../src/db/reconcile.ts';
import type { DB } from '../../src/db/tables.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const ROWS = 20_000;

let database: TestDatabase;
let db: Database;
let queries: CompiledQuery[];

function remember({ query }: LogEvent): void {
  queries.push(query);
}

beforeAll(async () => {
  database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }), log: remember });
  queries = [];
  await fill();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(() => {
  queries = [];
});

test.each<[string, string, () => Promise<unknown>]>([
  ['messages of a class', 'messages_retention', () => lockExpiredMessages(db, { retention: 'long', days: 12 }, 200)],
  ['the classes', 'messages_retention', () => listRetentions(db)],
  ['receipts', 'receipts_received_at', () => removeReceipts(db, 13, 200)],
  ['what people wrote', 'inbound_messages_received_at', () => removeInboundMessages(db, 13, 200)],
  ['answers', 'idempotency_keys_created_at', () => removeIdempotencyKeys(db, 13, 200)],
  ['erased people', 'recipients_erased_at', () => removeErasedRecipients(db, 200)],
  ['messages that have not ended', 'messages_open', () => listOpenMessages(db, { after: null, quietSeconds: 9 }, 200)],
])('the clean-up and the reconciler find %s by an index', async (_, index, run) => {
  await run();
  const plan = (await Promise.all(queries.map(explained))).join('\n');
  expect(plan).toContain(index);
  expect(plan).not.toContain('Seq Scan');
});

test('what hangs on a message is found by indexes', async () => {
  const ids = await lockExpiredMessages(db, { retention: 'long', days: 12 }, 200);
  queries = [];
  await removeMessages(db, ids);
  const plans = await Promise.all(queries.map(explained));
  // Tables that are all but empty are read from end to end for good reason.
  const scanned = plans.join('\n').match(/Seq Scan on (messages|attempts|message_events|receipts)\b/g);
  expect(scanned).toBeNull();
});

async function explained({ sql: text, parameters }: CompiledQuery): Promise<string> {
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': string }>({
    ...(queries[0] as CompiledQuery),
    ...{ sql: `explain ${text}`, parameters },
  });
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

/** The newest of each kind is a minute old, the oldest two weeks. */
async function fill(): Promise<void> {
  const at = sql`now() - make_interval(mins => n)`;
  const numbers = sql`generate_series(1, ${ROWS}::int) n`;
  await sql`insert into api_keys (id, name, hash, scopes) values (uuidv7(), 'test', '', '{}')`.execute(db);
  await sql`insert into recipients (id, identity_hash, details_sealed, erased_at)
    select uuidv7(), n::text::bytea, '', case when n % 100 = 0 then ${at} end from ${numbers}`.execute(db);
  await sql`
    insert into messages (id, recipient_id, channel, channels, status, retention, ended_at, dispatched_at, updated_at)
    select uuidv7(), (select id from recipients where erased_at is null limit 1), 'email', '{email}', 'sent',
      case n % 3 when 0 then 'long' else 'standard' end, case when n % 10 > 0 then ${at} end, ${at}, ${at}
    from ${numbers}`.execute(db);
  await sql`insert into attempts (id, message_id, number, token, channel)
    select uuidv7(), id, 1, id::text, 'email' from messages`.execute(db);
  await sql`insert into message_events (id, message_id, type, actor)
    select uuidv7(), id, 'accepted', 'test' from messages`.execute(db);
  await sql`insert into receipts (id, provider, dedupe_key, raw_sealed, received_at)
    select uuidv7(), 'twilio', n::text, '', ${at} from ${numbers}`.execute(db);
  await sql`insert into inbound_messages (id, provider, provider_message_id, channel, kind, address_hash, received_at)
    select uuidv7(), 'twilio', n::text, 'sms', 'reply', '', ${at} from ${numbers}`.execute(db);
  await sql`insert into idempotency_keys (api_key_id, key, request_hash, created_at)
    select (select id from api_keys), n::text, '', ${at} from ${numbers}`.execute(db);
  await sql`analyze`.execute(db);
}
