import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { copyTemplateDatabase, onServer } from './template-database.ts';

export interface TestDatabase {
  url: string;
  /** @throws when a connection is still open, which is a leak of the test or of what it tests */
  drop(): Promise<void>;
}

/** A migrated, empty database of one's own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const url = await copyTemplateDatabase(serverUrl, name);
  return { url, drop: () => onServer(serverUrl, `DROP DATABASE ${name}`) };
}

/** A database of one's own without any schema. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  return { url, drop: () => onServer(serverUrl, `DROP DATABASE ${name}`) };
}
