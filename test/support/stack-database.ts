import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startPostgres } from '../../local/postgres.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { createTestDatabase } from './database.ts';
import { quietPort } from './quiet-port.ts';
import { createPart, type Part } from './stack-parts.ts';

export interface StackDatabase {
  url: string;
  part: Part;
  drop(): Promise<void>;
}

/** A database on the PostgreSQL of the whole test run. */
export async function sharedDatabase(): Promise<StackDatabase> {
  const { url, drop } = await createTestDatabase();
  const refuse = async () => {
    throw new Error('This PostgreSQL is shared with other tests.');
  };
  return { url, part: { start: refuse, stop: refuse, kill: refuse }, drop };
}

/** A PostgreSQL of its own below a directory, which can be stopped and started again. */
export async function ownDatabase(directory: string, runDirectory: string, durable: boolean): Promise<StackDatabase> {
  const options = {
    directory: join(directory, 'postgres'),
    port: await quietPort(),
    password: randomUUID(),
    logFile: join(directory, 'postgres.log'),
    runDirectory,
    durable,
  };
  let url = '';
  const part = createPart(async () => {
    const postgres = await startPostgres(options);
    url = postgres.url;
    return postgres;
  });
  await part.start();
  await migrateToLatest(url);
  return { url, part, drop: part.stop };
}
