import type { Database } from './database.ts';

/** The provider's content for a set of buttons or rows, by the hash of what stands on them. */
export async function findContentSid(db: Database, hash: Buffer): Promise<string | null> {
  const row = await db
    .selectFrom('whatsapp_contents')
    .select('content_sid')
    .where('hash', '=', hash)
    .executeTakeFirst();
  return row?.content_sid ?? null;
}

/** Keeps the content of a set; where another one was kept at the same moment, that one stays. */
export async function keepContentSid(db: Database, hash: Buffer, contentSid: string): Promise<void> {
  await db
    .insertInto('whatsapp_contents')
    .values({ hash, content_sid: contentSid })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}

/** Drops a content that is no longer at the provider. */
export async function forgetContentSid(db: Database, contentSid: string): Promise<void> {
  await db.deleteFrom('whatsapp_contents').where('content_sid', '=', contentSid).execute();
}
