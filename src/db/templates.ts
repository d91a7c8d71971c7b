import { type SqlBool, sql } from 'kysely';
import { jsonObjectFrom } from 'kysely/helpers/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../domain/channels.ts';
import type { TemplatePolicy } from '../domain/policy.ts';
import type { TemplateContent } from '../domain/template-content.ts';
import type { Database } from './database.ts';

/** A template with the content of its newest version. */
export interface TemplateRow extends TemplateContent {
  id: string;
  version_id: string;
  name: string;
  channel: Channel;
  category: string;
  /** Class of the time for which its messages are kept. */
  retention: string;
  policy: TemplatePolicy | null;
  is_active: boolean;
  version: number;
  /** What WhatsApp last said of it; null where it has not been asked, or there is nothing to approve. */
  approval: TemplateApproval | null;
  created_at: Date;
  updated_at: Date;
}

export interface TemplateApproval {
  status: string;
  category: string | null;
  rejection_reason: string | null;
  /** RFC 3339. */
  checked_at: string;
}

/** What a version fixes; the select lists of this file name the same columns. */
const CONTENT_COLUMNS = [
  'v.content',
  'v.subject',
  'v.html',
  'v.format',
  'v.layout',
  'v.sms',
  'v.whatsapp',
  'v.locales',
  'v.variables',
] as const;

function selectTemplates(db: Database) {
  return db
    .selectFrom('templates as t')
    .innerJoin('template_versions as v', (join) =>
      join.onRef('v.template_id', '=', 't.id').onRef('v.version', '=', 't.version'),
    )
    .where('t.archived_at', 'is', null)
    .select([
      't.id',
      'v.id as version_id',
      't.name',
      't.channel',
      't.category',
      't.retention',
      't.policy',
      't.is_active',
      't.version',
    ])
    .select(['t.created_at', 't.updated_at', ...CONTENT_COLUMNS])
    .select((eb) =>
      jsonObjectFrom(
        eb
          .selectFrom('whatsapp_approvals as a')
          .select(['a.status', 'a.category', 'a.rejection_reason', 'a.checked_at'])
          .where('a.content_sid', '=', sql<string>`v.whatsapp ->> 'content_sid'`),
      ).as('approval'),
    )
    .$narrowType<{ approval: TemplateApproval | null }>();
}

export async function findTemplate(db: Database, id: string): Promise<TemplateRow | undefined> {
  return await selectTemplates(db).where('t.id', '=', id).executeTakeFirst();
}

/** Locks the row until the transaction ends, so that two changes follow each other. */
export async function lockTemplate(db: Database, id: string): Promise<TemplateRow | undefined> {
  // Apart from the reading: a join that has waited for the lock misses the version that was made meanwhile.
  await db.selectFrom('templates').select('id').where('id', '=', id).forUpdate().execute();
  return await findTemplate(db, id);
}

/** The variants of a template: one per channel. */
export async function findTemplatesByName(db: Database, name: string): Promise<TemplateRow[]> {
  return await selectTemplates(db).where('t.name', '=', name).execute();
}

/** Every template that is not archived. */
export async function findAllTemplates(db: Database): Promise<TemplateRow[]> {
  return await selectTemplates(db).execute();
}

/** The same, none of which others can change until the transaction ends; messages can still be made from them. */
export async function holdAllTemplates(db: Database): Promise<TemplateRow[]> {
  // In one order, so that two of these follow each other; in a weaker mode than what a message's reference waits for.
  const current = db.selectFrom('templates').select('id').where('archived_at', 'is', null);
  await current.orderBy('id').forNoKeyUpdate().execute();
  return await findAllTemplates(db);
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

/** The content of one version, whatever has become of its template since. */
export async function findTemplateVersion(db: Database, versionId: string): Promise<TemplateContent | undefined> {
  return await db
    .selectFrom('template_versions as v')
    .select(CONTENT_COLUMNS)
    .where('v.id', '=', versionId)
    .executeTakeFirst();
}

export interface VersionRow extends TemplateContent {
  version: number;
  author: string;
  note: string | null;
  created_at: Date;
}

/** The versions of a template that is not archived, the newest first; `before` is the one that the last page ended with. */
export async function listVersions(
  db: Database,
  templateId: string,
  page: { before?: number; after?: number; limit: number },
): Promise<VersionRow[]> {
  const query = selectVersions(db, templateId).limit(page.limit);
  if (page.after !== undefined) {
    return (await query.where('v.version', '>', page.after).orderBy('v.version', 'asc').execute()).reverse();
  }
  const older = page.before === undefined ? query : query.where('v.version', '<', page.before);
  return await older.orderBy('v.version', 'desc').execute();
}

export async function findVersion(db: Database, templateId: string, version: number): Promise<VersionRow | undefined> {
  return await selectVersions(db, templateId).where('v.version', '=', version).executeTakeFirst();
}

function selectVersions(db: Database, templateId: string) {
  return db
    .selectFrom('template_versions as v')
    .where('v.template_id', '=', templateId)
    .where(sql<SqlBool>`exists (select 1 from templates t where t.id = v.template_id and t.archived_at is null)`)
    .select(['v.version', 'v.author', 'v.note', 'v.created_at', ...CONTENT_COLUMNS]);
}

export interface Authorship {
  readonly author: string;
  readonly note: string | null;
}

/** @throws a unique violation of `templates_name_channel` where the name is taken on that channel */
export async function insertTemplate(
  db: Database,
  template: {
    name: string;
    channel: Channel;
    category: string;
    retention?: string;
    policy?: TemplatePolicy | null;
    isActive: boolean;
  },
  content: TemplateContent,
  authorship: Authorship,
): Promise<string> {
  const id = uuidv7();
  const { name, channel, category, retention, policy = null, isActive } = template;
  const columns = { id, name, channel, category, policy: jsonOrNull(policy), is_active: isActive, version: 1 };
  await db
    .insertInto('templates')
    .values({ ...columns, ...(retention !== undefined && { retention }) })
    .execute();
  await insertVersion(db, { id, version: 1 }, content, authorship);
  return id;
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** How a template is to be; a retention or a policy that is left out stays as it is. */
export interface TemplateChangeRow extends Authorship {
  readonly name: string;
  readonly category: string;
  readonly retention?: string;
  readonly policy?: TemplatePolicy | null;
  readonly isActive: boolean;
  readonly content: TemplateContent | null;
}

/** Changes a locked template; new content is a new version. */
export async function updateTemplate(db: Database, id: string, change: TemplateChangeRow): Promise<void> {
  const step = change.content === null ? 0 : 1;
  const { version } = await db
    .updateTable('templates')
    .set({
      name: change.name,
      category: change.category,
      ...(change.retention !== undefined && { retention: change.retention }),
      ...(change.policy !== undefined && { policy: jsonOrNull(change.policy) }),
      is_active: change.isActive,
      version: sql`version + ${step}::int`,
      updated_at: sql`clock_timestamp()`,
    })
    .where('id', '=', id)
    .returning('version')
    .executeTakeFirstOrThrow();
  if (change.content !== null) await insertVersion(db, { id, version }, change.content, change);
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
  template: { id: string; version: number },
  { sms, whatsapp, locales, variables, ...content }: TemplateContent,
  { author, note }: Authorship,
): Promise<void> {
  await db
    .insertInto('template_versions')
    .values({
      ...{ id: uuidv7(), template_id: template.id, version: template.version, author, note, ...content },
      sms: JSON.stringify(sms),
      whatsapp: whatsapp === null ? null : JSON.stringify(whatsapp),
      locales: JSON.stringify(locales),
      variables: JSON.stringify(variables),
    })
    .execute();
}
