import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, poolSize: 1 });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** @param mark a word of their text */
async function preparedWith(mark: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int from pg_prepared_statements where statement like ${`% as ${mark}%`}
  `.execute(db);
  return rows[0]?.count ?? 0;
}

test('a connection prepares a statement once, however often it runs', async () => {
  for (const value of [1, 2]) await sql`select ${value}::int as once`.execute(db);
  expect(await preparedWith('once')).toBe(1);
});

test('a statement without parameters is not prepared', async () => {
  await sql`select 1 as plain`.execute(db);
  expect(await preparedWith('plain')).toBe(0);
});

test('a prepared statement can fail and run again', async () => {
  const divide = (divisor: number) => sql<{ share: number }>`select 6 / ${divisor}::int as share`.execute(db);
  await expect(divide(0)).rejects.toThrow('division by zero');
  expect((await divide(3)).rows).toEqual([{ share: 2 }]);
});

test('statements beyond the limit still run, unprepared', async () => {
  for (let index = 0; index < 250; index += 1) {
    const { rows } = await sql<{ many: number }>`select ${index}::int as many, ${sql.lit(index)}`.execute(db);
    expect(rows[0]?.many).toBe(index);
  }
  expect(await preparedWith('many')).toBeLessThanOrEqual(200);
});
