import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { schemaSql } from '../../local/schema-sql.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { onServer } from '../support/template-database.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SCHEMA_FILE = resolve(ROOT, 'src/db/schema.sql');
const run = promisify(execFile);

let migrated: TestDatabase;
let empty: TestDatabase;

beforeAll(async () => {
  [migrated, empty] = await Promise.all([createTestDatabase(), createEmptyDatabase()]);
});
afterAll(() => Promise.all([migrated.drop(), empty.drop()]));

test('src/db/schema.sql is what the migrations make; `npm run schema` writes it', async () => {
  expect(await schemaSql(migrated.url)).toBe(await readFile(SCHEMA_FILE, 'utf8'));
});

test('src/db/schema.sql makes the same schema again', async () => {
  const committed = await readFile(SCHEMA_FILE, 'utf8');
  await onServer(empty.url, committed);
  expect(await schemaSql(empty.url)).toBe(committed);
});

test('src/db/tables.ts has the types of the schema; `npm run schema` writes it', async () => {
  const codegen = resolve(ROOT, 'node_modules/.bin/kysely-codegen');
  const verified = run(process.execPath, [codegen, '--verify', '--url', migrated.url], { cwd: ROOT });
  await expect(verified).resolves.toMatchObject({ stderr: '' });
});

test('migrating again changes nothing', async () => {
  const before = await stateOf(migrated.url);
  await migrateToLatest(migrated.url);
  expect(await stateOf(migrated.url)).toEqual(before);
});

test('two processes that migrate an empty database at the same moment end with one schema', async () => {
  const database = await createEmptyDatabase();
  await Promise.all([migrateInProcess(database.url), migrateInProcess(database.url)]);
  const schema = await schemaSql(database.url);
  await database.drop();
  expect(schema).toBe(await readFile(SCHEMA_FILE, 'utf8'));
});

test('a migration that cannot reach the database says so', async () => {
  await expect(migrateToLatest('postgres://nobody@127.0.0.1:1/nothing')).rejects.toThrow('ECONNREFUSED');
});

async function createEmptyDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(serverUrl, `DROP DATABASE ${name}`) };
}

/** The schema and the list of the migrations that were made, with their times. */
async function stateOf(url: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('select * from kysely_migration order by name');
  await client.end();
  return [rows, await schemaSql(url)];
}

async function migrateInProcess(url: string): Promise<void> {
  const key = Buffer.alloc(32).toString('base64');
  const env = { PATH: process.env.PATH, DATABASE_URL: url, ENCRYPTION_KEYS: `a:${key}`, LOOKUP_KEY: key };
  await run(process.execPath, ['src/bin/migrate.ts'], { cwd: ROOT, env });
}
