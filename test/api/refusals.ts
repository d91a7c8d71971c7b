import { sql } from 'kysely';
import type { Database } from '../../src/db/database.ts';
import type { DB } from '../../src/db/tables.ts';
import type { RequestOptions, Service } from '../support/service.ts';

export interface Refusal {
  status: number;
  /** A pointer and a code for each fault. */
  faults: string[];
  /** Tables in which something was written nevertheless. */
  written: string[];
}

/** What a request that must not succeed is answered, and what it has left behind. */
export async function refusal(
  service: Service,
  method: 'POST' | 'PUT',
  url: string,
  options: RequestOptions,
): Promise<Refusal> {
  const before = await countRows(service.db);
  const { status, json } = await service.request(method, url, options);
  const after = await countRows(service.db);
  const written = Object.keys(after).filter((table) => after[table] !== before[table]);
  const errors: { pointer: string; code: string }[] = json?.errors ?? [];
  return { status, faults: errors.map(({ pointer, code }) => `${pointer} ${code}`), written };
}

/** The refusal of a message. */
export async function refusedMessage(service: Service, body: unknown): Promise<Refusal> {
  return await refusal(service, 'POST', '/api/messages/', { body });
}

/** A 400 with these faults that has changed nothing. */
export function badRequest(...faults: string[]): Refusal {
  return { status: 400, faults, written: [] };
}

async function countRows(db: Database): Promise<Record<string, number>> {
  const counts = TABLES.map((table) => sql`select ${table} as table, count(*)::int from ${sql.table(table)}`);
  const { rows } = await sql<{ table: string; count: number }>`${sql.join(counts, sql` union all `)}`.execute(db);
  return Object.fromEntries(rows.map(({ table, count }) => [table, count]));
}

/** Every table that a request can write to. */
const TABLES: readonly (keyof DB)[] = [
  ...([
    'api_keys',
    'batches',
    'attachments',
    'attempts',
    'audit_log',
    'idempotency_keys',
    'message_events',
    'messages',
  ] as const),
  ...([
    'receipts',
    'opt_outs',
    'recipients',
    'suppressions',
    'template_versions',
    'templates',
    'layouts',
    'layout_versions',
  ] as const),
];
