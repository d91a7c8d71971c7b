import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, isUniqueViolation, openDatabase } from '../../src/db/database.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeMessage } from './stored.ts';

let db: Database;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, url, close } = await openTestDatabase());
});
afterAll(() => close());

test('no statement may run for ever', async () => {
  const { rows } = await sql`show statement_timeout`.execute(db);
  expect(rows).toEqual([{ statement_timeout: '30s' }]);
});

test('opening a database connects to nothing yet', async () => {
  const nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', poolSize: 1 });
  await expect(nowhere.destroy()).resolves.toBeUndefined();
});

test('a connection that dies while idle is replaced', async () => {
  const own = openDatabase({ url, poolSize: 1 });
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(own);
  await sql`select pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(db);
  const ask = async () => (await sql`select 1 as answer`.execute(own)).rows;
  await expect.poll(() => ask().catch(() => null)).toEqual([{ answer: 1 }]);
  await own.destroy();
});

test('a row that is there already is told apart from other errors', async () => {
  const id = await storeMessage(db);
  const twice = await storeMessage(db, { id }).catch((error: unknown) => error);
  const orphan = await storeMessage(db, { recipient_id: id }).catch((error: unknown) => error);
  expect([isUniqueViolation(twice), isUniqueViolation(orphan)]).toEqual([true, false]);
});

test('a row that is there already is told apart by its index', async () => {
  const id = await storeMessage(db);
  const error = await storeMessage(db, { id }).catch((reason: unknown) => reason);
  expect([isUniqueViolation(error, 'messages_pkey'), isUniqueViolation(error, 'another_index')]).toEqual([true, false]);
});
