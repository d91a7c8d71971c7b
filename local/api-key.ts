import { openDatabase } from '../src/db/database.ts';
import { createApiKey, findCaller, SCOPES } from '../src/service/api-keys.ts';

/**
 * The API key of the local stack, with every scope: the one of the last start while the database knows it, else a new
 * one.
 * @param known the key that was handed out last time; null where there was none
 */
export async function ensureLocalApiKey(databaseUrl: string, known: string | null): Promise<string> {
  const db = openDatabase({ url: databaseUrl, poolSize: 1 });
  try {
    if (known !== null && (await findCaller({ db }, known)) !== null) return known;
    const key = await createApiKey({ db }, 'local', { name: 'local', scopes: SCOPES, expiresAt: null });
    return key.secret;
  } finally {
    await db.destroy();
  }
}
