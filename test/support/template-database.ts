import pg from 'pg';
import { migrateToLatest } from '../../src/db/migrate.ts';

const TEMPLATE = 'template_messaging';

/** Creates the database, with the project's schema, of which every test file gets a copy. */
export async function createTemplateDatabase(serverUrl: string): Promise<void> {
  await onServer(serverUrl, `CREATE DATABASE ${TEMPLATE}`);
  await migrateToLatest(databaseUrl(serverUrl, TEMPLATE));
  // Nothing can be copied while somebody is connected to it.
  await onServer(serverUrl, `ALTER DATABASE ${TEMPLATE} WITH ALLOW_CONNECTIONS false`);
}

/** Copies the template. */
export async function copyTemplateDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  return databaseUrl(serverUrl, name);
}

/** Runs one statement in the server's own database. */
export async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
