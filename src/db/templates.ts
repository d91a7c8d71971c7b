import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { Database } from './database.ts';

/** A template with the content of one of its versions, the newest unless one was asked for. */
export interface TemplateRow {
  id: string;
  version_id: string;
  name: string;
  channel: Channel;
  is_active: boolean;
  version: number;
  content: string;
  subject: string | null;
  html: string | null;
  variables: unknown;
  created_at: Date;
  updated_at: Date;
}

export interface TemplateContent {
  content: string;
  subject: string | null;
  html: string | null;
  variables: object;
}

function selectTemplates(db: Database) {
  return db
    .selectFrom('templates as t')
    .innerJoin('template_versions as v', (join) =>
      join.onRef('v.template_id', '=', 't.id').onRef('v.version', '=', 't.version'),
    )
    .where('t.archived_at', 'is', null)
    .select(['t.id', 'v.id as version_id', 't.name', 't.channel', 't.is_active', 't.version', 'v.content', 'v.subject'])
    .select(['v.html', 'v.variables', 't.created_at', 't.updated_at']);
}

export async function findTemplate(db: Database, id: string): Promise<TemplateRow | undefined> {
  return await selectTemplates(db).where('t.id', '=', id).executeTakeFirst();
}

/** Locks the row until the transaction ends, so that two changes follow each other. */
export async function lockTemplate(db: Database, id: string): Promise<TemplateRow | undefined> {
  return await selectTemplates(db).where('t.id', '=', id).forUpdate('t').executeTakeFirst();
}

/** The variants of a template: one per channel. */
export async function findTemplatesByName(db: Database, name: string): Promise<TemplateRow[]> {
  return await selectTemplates(db).where('t.name', '=', name).execute();
}

/** The newest first; `before` is the id that the previous page ended with. */
export async function listTemplates(
  db: Database,
  filter: { name?: string; channel?: Channel; isActive?: boolean; before?: string; after?: string; limit: number },
): Promise<TemplateRow[]> {
  let query = selectTemplates(db).limit(filter.limit);
  if (filter.name !== undefined) query = query.where('t.name', '=', filter.name);
  if (filter.channel !== undefined) query = query.where('t.channel', '=', filter.channel);
  if (filter.isActive !== undefined) query = query.where('t.is_active', '=', filter.isActive);
  if (filter.after !== undefined) {
    const rows = await query.where('t.id', '>', filter.after).orderBy('t.id', 'asc').execute();
    return rows.reverse();
  }
  if (filter.before !== undefined) query = query.where('t.id', '<', filter.before);
  return await query.orderBy('t.id', 'desc').execute();
}

export async function findTemplateVersion(
  db: Database,
  versionId: string,
): Promise<{ content: string; subject: string | null; html: string | null; variables: unknown } | undefined> {
  return await db
    .selectFrom('template_versions')
    .select(['content', 'subject', 'html', 'variables'])
    .where('id', '=', versionId)
    .executeTakeFirst();
}

/** @throws a unique violation of `templates_name_channel` where the name is taken on that channel */
export async function insertTemplate(
  db: Database,
  template: { name: string; channel: Channel; isActive: boolean; author: string } & TemplateContent,
): Promise<string> {
  const id = uuidv7();
  const { name, channel, isActive } = template;
  await db.insertInto('templates').values({ id, name, channel, is_active: isActive, version: 1 }).execute();
  await insertVersion(db, id, 1, template);
  return id;
}

/** Changes a locked template; new content is a new version. */
export async function updateTemplate(
  db: Database,
  id: string,
  change: { name: string; isActive: boolean; author: string; content: TemplateContent | null },
): Promise<void> {
  const step = change.content === null ? 0 : 1;
  const { version } = await db
    .updateTable('templates')
    .set({
      name: change.name,
      is_active: change.isActive,
      version: sql`version + ${step}::int`,
      updated_at: sql`clock_timestamp()`,
    })
    .where('id', '=', id)
    .returning('version')
    .executeTakeFirstOrThrow();
  if (change.content !== null) await insertVersion(db, id, version, { ...change.content, author: change.author });
}

/** Takes a template out of use; messages that were accepted with it still find their version. */
export async function archiveTemplate(db: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('templates')
    .set({ archived_at: sql`now()`, is_active: false })
    .where('id', '=', id)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function insertVersion(
  db: Database,
  templateId: string,
  version: number,
  content: TemplateContent & { author: string },
): Promise<void> {
  await db
    .insertInto('template_versions')
    .values({
      id: uuidv7(),
      template_id: templateId,
      version,
      content: content.content,
      subject: content.subject,
      html: content.html,
      variables: JSON.stringify(content.variables),
      author: content.author,
    })
    .execute();
}
