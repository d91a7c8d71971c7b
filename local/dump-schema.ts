import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { migrateToLatest } from '../src/db/migrate.ts';
import { placesOf } from './places.ts';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { schemaSql } from './schema-sql.ts';

/*
 * What `npm run schema` runs after a migration was written: migrates an empty, throw-away PostgreSQL and writes what
 * came of it to src/db/schema.sql, for readers, and to src/db/tables.ts, for the compiler.
 */

const ROOT = resolve(import.meta.dirname, '..');

const directory = await mkdtemp(join(tmpdir(), 'keryu-schema-'));
try {
  // The database user, another one than root, passes through it.
  await chmod(directory, 0o711);
  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    port: await freePort(),
    password: randomUUID(),
    logFile: join(directory, 'postgres.log'),
    runDirectory: placesOf(ROOT).run,
    durable: false,
  });
  try {
    await migrateToLatest(postgres.url);
    await writeFile(join(ROOT, 'src/db/schema.sql'), await schemaSql(postgres.url));
    const codegen = fileURLToPath(import.meta.resolve('kysely-codegen/dist/cli/bin.js'));
    await promisify(execFile)(process.execPath, [codegen, '--url', postgres.url], { cwd: ROOT });
  } finally {
    await postgres.stop();
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
