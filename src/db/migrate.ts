import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Migration, Migrator } from 'kysely/migration';
import { openDatabase } from './database.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);

/**
 * Brings the schema up to date. Safe to run from many processes at once: Kysely takes an advisory lock.
 * @throws the error of the migration that failed; that migration has been rolled back
 */
export async function migrateToLatest(databaseUrl: string): Promise<void> {
  const db = openDatabase({ url: databaseUrl, poolSize: 1 });
  try {
    const { error } = await new Migrator({ db, provider: { getMigrations } }).migrateToLatest();
    if (error !== undefined) throw error;
  } finally {
    await db.destroy();
  }
}

async function getMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(fileURLToPath(MIGRATIONS))).filter((file) => file.endsWith('.ts')).sort();
  const entries = files.map(async (file) => {
    const migration: Migration = await import(new URL(file, MIGRATIONS).href);
    return [file.replace(/\.ts$/, ''), migration] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
