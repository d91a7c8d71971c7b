import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';

/** The HTML around the body of emails, by name; a change is a new version, and messages keep theirs. */
export interface LayoutRow {
  id: string;
  name: string;
  version: number;
  version_id: string;
  html: string;
  created_at: Date;
  updated_at: Date;
}

export type LayoutSummaryRow = Omit<LayoutRow, 'version_id' | 'html'>;

export async function findLayout(db: Database, name: string): Promise<LayoutRow | undefined> {
  return await selectLayouts(db).where('l.name', '=', name).executeTakeFirst();
}

/** Every layout that is not archived. */
export async function findAllLayouts(db: Database): Promise<LayoutRow[]> {
  return await selectLayouts(db).execute();
}

/** Locks the row until the transaction ends, so that two changes follow each other. */
export async function lockLayout(db: Database, name: string): Promise<LayoutRow | undefined> {
  // Apart from the reading: a join that has waited for the lock misses the version that was made meanwhile.
  await selectCurrent(db, name).forUpdate().execute();
  return await findLayout(db, name);
}

/** Keeps a layout from being changed or archived until the transaction ends. */
export async function holdLayout(db: Database, name: string): Promise<LayoutRow | undefined> {
  await selectCurrent(db, name).forShare().execute();
  return await findLayout(db, name);
}

/** The newest first; `before` is the id that the previous page ended with. */
export async function listLayouts(
  db: Database,
  page: { before?: string; after?: string; limit: number },
): Promise<LayoutSummaryRow[]> {
  const query = db
    .selectFrom('layouts')
    .select(['id', 'name', 'version', 'created_at', 'updated_at'])
    .where('archived_at', 'is', null)
    .limit(page.limit);
  if (page.after !== undefined) {
    return (await query.where('id', '>', page.after).orderBy('id', 'asc').execute()).reverse();
  }
  const older = page.before === undefined ? query : query.where('id', '<', page.before);
  return await older.orderBy('id', 'desc').execute();
}

export async function findLayoutVersion(db: Database, versionId: string): Promise<{ html: string } | undefined> {
  return await db.selectFrom('layout_versions').select('html').where('id', '=', versionId).executeTakeFirst();
}

/** @returns the new id; null where the name is taken */
export async function insertLayout(
  db: Database,
  { name, html, author }: { name: string; html: string; author: string },
): Promise<string | null> {
  const id = uuidv7();
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('layouts')
    .values({ id, name, version: 1 })
    .onConflict((conflict) => conflict.column('name').where('archived_at', 'is', null).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n) return null;
  await insertVersion(db, { layoutId: id, version: 1, html, author });
  return id;
}

/** Gives a locked layout a new version. */
export async function updateLayout(db: Database, id: string, change: { html: string; author: string }): Promise<void> {
  const { version } = await db
    .updateTable('layouts')
    .set({ version: sql`version + 1`, updated_at: sql`clock_timestamp()` })
    .where('id', '=', id)
    .returning('version')
    .executeTakeFirstOrThrow();
  await insertVersion(db, { layoutId: id, version, ...change });
}

/** Takes a layout out of use; messages that were accepted with it still find their version. */
export async function archiveLayout(db: Database, id: string): Promise<void> {
  await db.updateTable('layouts').set({ archived_at: sql`now()` }).where('id', '=', id).execute();
}

export interface LayoutUse {
  name: string;
  channel: Channel;
  /** The declarations of the template's variables, by name. */
  variables: Record<string, unknown>;
}

/** The templates whose newest version uses a layout. */
export async function listLayoutUses(db: Database, layout: string): Promise<LayoutUse[]> {
  return await db
    .selectFrom('templates as t')
    .innerJoin('template_versions as v', (join) =>
      join.onRef('v.template_id', '=', 't.id').onRef('v.version', '=', 't.version'),
    )
    .select(['t.name', 't.channel', 'v.variables'])
    .where('t.archived_at', 'is', null)
    .where('v.layout', '=', layout)
    .orderBy('t.name')
    .execute();
}

function selectLayouts(db: Database) {
  return db
    .selectFrom('layouts as l')
    .innerJoin('layout_versions as v', (join) =>
      join.onRef('v.layout_id', '=', 'l.id').onRef('v.version', '=', 'l.version'),
    )
    .select(['l.id', 'l.name', 'l.version', 'v.id as version_id', 'v.html', 'l.created_at', 'l.updated_at'])
    .where('l.archived_at', 'is', null);
}

function selectCurrent(db: Database, name: string) {
  return db.selectFrom('layouts').select('id').where('name', '=', name).where('archived_at', 'is', null);
}

async function insertVersion(
  db: Database,
  { layoutId, ...content }: { layoutId: string; version: number; html: string; author: string },
): Promise<void> {
  await db
    .insertInto('layout_versions')
    .values({ id: uuidv7(), layout_id: layoutId, ...content })
    .execute();
}
