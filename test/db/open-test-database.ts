import { openDatabase } from '../../src/db/database.ts';
import { createTestDatabase } from '../support/database.ts';

/** A migrated, empty database, open, with enough connections for callers at the same moment. */
export async function openTestDatabase() {
  const { url, drop } = await createTestDatabase();
  const db = openDatabase({ url, poolSize: 8 });
  const close = async () => {
    await db.destroy();
    await drop();
  };
  return { db, url, close };
}
