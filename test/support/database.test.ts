import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test('a test database has the schema of the project', async () => {
  const database = await createTestDatabase();
  const rows = await query(database.url, "SELECT FROM pg_tables WHERE tablename = 'messages'");
  await database.drop();
  expect(rows).toHaveLength(1);
});

test('what one test file writes is not seen by another', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.url, 'CREATE TABLE mine ()');
  const rows = await query(other.url, "SELECT FROM pg_tables WHERE tablename = 'mine'");
  await Promise.all([one.drop(), other.drop()]);
  expect(rows).toEqual([]);
});

test('text is UTF-8 and sorted the same way on every machine', async () => {
  const database = await createTestDatabase();
  const rows = await query(
    database.url,
    'SELECT pg_encoding_to_char(encoding) AS encoding, datlocale AS locale FROM pg_database WHERE datname = current_database()',
  );
  await database.drop();
  expect(rows).toEqual([{ encoding: 'UTF8', locale: 'C.UTF-8' }]);
});
