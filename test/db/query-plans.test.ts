import { type CompiledQuery, Kysely, type LogEvent, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findLastMessageTo, findMessageOfProvider, findRecipientWith } from '../../src/db/answered-messages.ts';
import { isTakenByOther } from '../../src/db/attempts.ts';
import { listAuditEntries } from '../../src/db/audit-log.ts';
import { cancelPending, countByStatus } from '../../src/db/batches.ts';
import { listUnsignalledCancels } from '../../src/db/cancel-signals.ts';
import { countRecentAttempts, findLastSuccess } from '../../src/db/channel-health.ts';
import type { Database } from '../../src/db/database.ts';
import { listUndispatched } from '../../src/db/dispatch.ts';
import { listSought } from '../../src/db/many-recipients.ts';
import { listMessages, type MessageFilter } from '../../src/db/messages.ts';
import { lockReceiptTarget } from '../../src/db/receipts.ts';
import { listCandidates, listRecipients } from '../../src/db/recipients.ts';
import { sumStatistics } from '../../src/db/statistics.ts';
import { computeHour, keepProgress, keepStatisticsOf, listChangedHours } from '../../src/db/statistics-hours.ts';
import { listSuppressions } from '../../src/db/suppressions.ts';
import type { DB } from '../../src/db/tables.ts';
import { countByVersion } from '../../src/db/template-statistics.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const ROWS = 20_000;
const RECIPIENT = uuidv7();
const TEMPLATE = uuidv7();
const BATCH = uuidv7();

let database: TestDatabase;
let db: Database;
let queries: CompiledQuery[] = [];

function log({ query }: LogEvent): void {
  queries.push(query);
}

beforeAll(async () => {
  database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }), log });
  await fill();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('a list of messages never reads the whole table', () => {
  test.each<[string, MessageFilter, string]>([
    ['status', { status: 'failed' }, 'messages_status'],
    ['channel', { channel: 'whatsapp' }, 'messages_channel'],
    ['delivery status', { deliveryStatus: 'bounced' }, 'messages_delivery_status'],
    ['what it waits for', { waitingFor: 'operator' }, 'messages_waiting_for'],
    ['recipient', { recipientId: RECIPIENT }, 'messages_recipient'],
    ['batch', { batchId: BATCH }, 'messages_batch'],
    ['template', { templateId: TEMPLATE }, 'messages_template'],
    ['error code', { errorCode: 'expired' }, 'messages_error_code'],
    ['priority', { priority: 'high' }, 'messages_priority'],
    ['created after', { createdAfter: daysAgo(0.05) }, 'messages_created_at'],
    ['created before', { createdBefore: daysAgo(19.95) }, 'messages_created_at'],
    ['sent after', { sentAfter: daysAgo(0.05) }, 'messages_sent_at'],
    ['sent before', { sentBefore: daysAgo(19.95) }, 'messages_sent_at'],
    ['failed after', { failedAfter: daysAgo(0.05) }, 'messages_failed_at'],
    ['metadata', { metadata: { order: '77' } }, 'messages_metadata'],
  ])('a rare %s is found by its index', async (_, filter, index) => {
    const plan = await planOf(() => listMessages(db, filter, { limit: 50 }));
    expect(plan.indexes).toContain(index);
  });

  test.each<[string, MessageFilter]>([
    ['no filter', {}],
    ['a common status', { status: 'sent' }],
    ['a common channel', { channel: 'email' }],
    ['the usual priority', { priority: 'normal' }],
    ['a moment long ago', { createdAfter: daysAgo(19) }],
    ['two filters', { status: 'sent', channel: 'email' }],
  ])('%s is answered by walking an index', async (_, filter) => {
    const plan = await planOf(() => listMessages(db, filter, { limit: 50 }));
    expect(plan.scanned).not.toContain('messages');
  });

  test('a page in the middle is answered by walking an index', async () => {
    const plan = await planOf(() => listMessages(db, { status: 'sent' }, { before: uuidv7(), limit: 50 }));
    expect(plan.scanned).not.toContain('messages');
  });
});

describe('statistics read the messages that they count, and no others', () => {
  const HOUR = new Date(Math.floor(daysAgo(3).getTime() / 3_600_000) * 3_600_000);
  const range = { from: new Date(HOUR.getTime() - 3_600_000), to: HOUR };
  const countsMessages = ({ sql: text }: CompiledQuery) => text.includes('with chosen');

  test.each<[string, () => Promise<unknown>, string]>([
    ['of an hour that is computed', () => computeHour(db, HOUR), 'messages_created_at'],
    [
      'of hours that have not been computed',
      () => sumStatistics(db, { range, by: ['channel'], timeZone: 'UTC', limit: 10 }),
      'messages_created_at',
    ],
    ['that are about to be removed', () => keepStatisticsOf(db, [uuidv7()]), 'messages_pkey'],
  ])('%s', async (_what, run, index) => {
    const plan = await planOf(run, countsMessages);
    expect(plan.indexes).toContain(index);
    expect(plan.scanned).not.toContain('messages');
    expect(plan.scanned).not.toContain('attempts');
  });

  test('that have changed late', async () => {
    const inAnHour = daysAgo(-1 / 24);
    await keepProgress(db, inAnHour);
    const plan = await planOf(
      () => listChangedHours(db, inAnHour, 10),
      ({ sql: text }) => text.includes('generate_series'),
    );
    expect(plan.indexes).toContain('messages_updated_at');
  });
});

test('the messages of a batch are counted by their index', async () => {
  const plan = await planOf(() => countByStatus(db, BATCH));
  expect([plan.indexes, plan.scanned]).toEqual([['messages_batch'], []]);
});

test('the messages of a batch that are pending are found by its index', async () => {
  const plan = await planOf(() => cancelPending(db, BATCH, 'key:1'));
  expect([plan.indexes, plan.scanned]).toEqual([expect.arrayContaining(['messages_batch']), []]);
});

test('cancellations that are not told yet are found by their index', async () => {
  const plan = await planOf(() => listUnsignalledCancels(db, 5, 100));
  expect(plan.indexes).toContain('messages_cancel_unsignalled');
});

test('candidates for a thousand people are found by the indexes of their identities and addresses', async () => {
  const people = Array.from({ length: 1_000 }, (_, index) => {
    const hash = Buffer.from(String(index));
    return { identity_hash: hash, external_id_hash: null, email_hash: hash, phone_hash: hash, whatsapp_hash: null };
  });
  const plan = await planOf(() => listSought(db, { ids: [], externalIdHashes: [], people }, false));
  expect(plan.scanned).not.toContain('recipients');
});

test('messages whose workflow was not started are found by their index', async () => {
  const plan = await planOf(() => listUndispatched(db, 5, 100));
  expect(plan.indexes).toContain('messages_not_dispatched');
});

test('the messages that a template is counted by are found by its index', async () => {
  const plan = await planOf(() => countByVersion(db, TEMPLATE, { from: daysAgo(1), to: null }));
  expect(plan.indexes).toContain('messages_template');
});

test('the attempt that a provider id belongs to is found by its index', async () => {
  const plan = await planOf(() => isTakenByOther(db, uuidv7(), 'SM77'));
  expect(plan.indexes).toContain('attempts_provider_message');
});

test('the attempt that a receipt tells of is found by its index', async () => {
  const plan = await planOf(() => lockReceiptTarget(db, { attemptId: null, providerMessageId: 'SM77' }));
  expect(plan.indexes).toContain('attempts_provider_message');
});

describe('what somebody writes is brought together with what it is about by indexes alone', () => {
  const on = { channel: 'sms', addressHash: Buffer.from('77') } as const;

  test.each<[string, () => Promise<unknown>, string]>([
    ['the message that it quotes', () => findMessageOfProvider(db, on, 'SM77'), 'attempts_provider_message'],
    ['the message that went to them last', () => findLastMessageTo(db, on, 7), 'recipients_phone'],
    ['they themselves', () => findRecipientWith(db, on), 'recipients_phone'],
  ])('%s', async (_what, run, index) => {
    const plan = await planOf(run);
    expect([plan.indexes, plan.scanned]).toEqual([expect.arrayContaining([index]), []]);
  });
});

describe('how a channel is doing is read off the ends of indexes', () => {
  test('the attempts of the last minutes', async () => {
    const plan = await planOf(() => countRecentAttempts(db, 300));
    expect([plan.indexes, plan.scanned]).toEqual([['attempts_pkey'], []]);
  });

  test.each(['sms', 'whatsapp'] as const)('when %s last worked', async (channel) => {
    const plan = await planOf(() => findLastSuccess(db, channel));
    expect([plan.indexes, plan.scanned]).toEqual([['attempts_accepted'], []]);
  });
});

test.each([
  ['email_hash', 'recipients_email'],
  ['phone_hash', 'recipients_phone'],
  ['whatsapp_hash', 'recipients_whatsapp'],
] as const)('recipients with one %s are found by their index', async (column, index) => {
  const plan = await planOf(() => listRecipients(db, { hash: { column, value: Buffer.from('77') }, limit: 50 }));
  expect(plan.indexes).toContain(index);
});

test('recipients of a rare language are found by their index', async () => {
  const plan = await planOf(() => listRecipients(db, { locale: 'pt-BR', limit: 50 }));
  expect(plan.indexes).toContain('recipients_locale');
});

test('candidates for a person are found by the indexes of their identity and addresses', async () => {
  const hash = Buffer.from('77');
  const hashes = { identity_hash: hash, external_id_hash: null, email_hash: hash, phone_hash: hash };
  const plan = await planOf(() => listCandidates(db, { ...hashes, whatsapp_hash: null }));
  expect(plan.scanned).not.toContain('recipients');
});

test.each([
  ['a channel', { channel: 'whatsapp' } as const, 'suppressions_channel'],
  [
    'an address',
    { addresses: [{ channel: 'sms', addressHash: Buffer.from('77') }] } as const,
    'suppressions_channel_address_hash_key',
  ],
])('suppressions of %s are found by their index', async (_what, filter, index) => {
  const plan = await planOf(() => listSuppressions(db, filter, { limit: 50 }));
  expect(plan.indexes).toContain(index);
});

test.each([
  ['actor', { actor: 'rare' }, 'audit_log_actor'],
  ['action', { action: 'rare' }, 'audit_log_action'],
  ['type of resource', { resourceType: 'rare' }, 'audit_log_resource_type'],
  ['resource', { resourceId: RECIPIENT }, 'audit_log_resource_id'],
  ['time', { after: daysAgo(0.05) }, 'audit_log_at'],
])('audit entries of a rare %s are found by their index', async (_what, filter, index) => {
  const plan = await planOf(() => listAuditEntries(db, filter, { limit: 50 }));
  expect(plan.indexes).toContain(index);
});

/** Most rows alike, one in five hundred of the rare kind that somebody looks for. */
async function fill(): Promise<void> {
  const recipient = sql`(${RECIPIENT}::uuid, '0', null, '')`;
  await sql`insert into recipients (id, identity_hash, email_hash, details_sealed) values ${recipient}`.execute(db);
  await sql`insert into recipients (id, identity_hash, email_hash, phone_hash, whatsapp_hash, details_sealed)
    select uuidv7(), n::text::bytea, n::text::bytea, n::text::bytea, n::text::bytea, ''
    from generate_series(1, ${ROWS}::int) n`.execute(db);
  await sql`insert into templates (id, name, channel, version) values (${TEMPLATE}, 'x', 'sms', 1)`.execute(db);
  await sql`
    insert into messages (id, recipient_id, channel, channels, body_sealed, template_id, status, delivery_status,
      waiting_for, error_code, priority, created_at, sent_at, metadata, dispatched_at)
    select uuidv7(at - now()), r.id, case when rare then 'whatsapp' else 'email' end, '{email}', '',
      case when rare then ${TEMPLATE}::uuid end, case when rare then 'failed' else 'sent' end,
      case when rare then 'bounced' else 'delivered' end, case when rare then 'operator' end,
      case when rare then 'expired' end, case when rare then 'high' else 'normal' end,
      at, at, jsonb_build_object('order', n::text), case when not rare then at end
    from (
      select n, n % 500 = 0 as rare, now() - make_interval(secs => (${ROWS}::int - n) * 86.4) as at
      from generate_series(1, ${ROWS}::int) n
    ) numbers
    join recipients r on r.identity_hash = case when rare then '0' else n::text end::bytea`.execute(db);
  await sql`insert into batches (id, size, accepted) values (${BATCH}::uuid, 40, 40)`.execute(db);
  await sql`update messages set batch_id = ${BATCH}::uuid, cancel_unsignalled_since = created_at, failed_at = created_at
    where status = 'failed'`.execute(db);
  await sql`
    insert into attempts (id, message_id, number, token, channel, provider_message_id, outcome, finished_at)
    select uuidv7(created_at - now()), id, 1, 'one', 'sms', 'SM' || (metadata ->> 'order'), 'accepted', created_at
    from messages`.execute(db);
  await sql`update recipients set locale = case when email_hash = '77' then 'pt-BR' else 'en' end`.execute(db);
  await sql`
    insert into suppressions (id, channel, address_hash, reason)
    select uuidv7(), case when n % 500 = 0 then 'whatsapp' else 'sms' end, n::text::bytea, 'stop'
    from generate_series(1, ${ROWS}::int) n`.execute(db);
  await sql`
    insert into audit_log (id, at, actor, action, resource_type, resource_id)
    select uuidv7(at - now()), at, word, word, word, case when rare then ${RECIPIENT}::uuid else uuidv7() end
    from (select n % 500 = 0 as rare, case when n % 500 = 0 then 'rare' else 'usual' end as word,
      now() - make_interval(secs => (${ROWS}::int - n) * 86.4) as at from generate_series(1, ${ROWS}::int) n
    ) numbers`.execute(db);
  await sql`analyze`.execute(db);
}

/** Which indexes PostgreSQL uses for the first query of `run`, or the one that is asked for, and which tables it reads from end to end. */
async function planOf(
  run: () => Promise<unknown>,
  isIt: (query: CompiledQuery) => boolean = () => true,
): Promise<{ indexes: string[]; scanned: string[] }> {
  queries = [];
  await run();
  const query = queries.find(isIt);
  if (query === undefined) throw new Error('no query was run');
  const explained = await db.executeQuery<{ 'QUERY PLAN': { Plan: PlanNode }[] }>({
    ...query,
    sql: `explain (format json) ${query.sql}`,
  });
  const nodes = explained.rows.flatMap((row) => row['QUERY PLAN']).flatMap(({ Plan }) => nodesOf(Plan));
  return {
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
    scanned: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'] ?? ''),
  };
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: PlanNode[];
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}
