import {
  findVersion,
  listVersions,
  lockTemplate,
  type TemplateRow,
  updateTemplate,
  type VersionRow,
} from '../db/templates.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPageBy } from './list-page.ts';
import { notFound, ServiceError } from './service-error.ts';
import { changesBetween, type TemplateChange } from './template-changes.ts';
import { examineTemplate } from './template-rules.ts';
import { auditTemplate, contentOf, isSameContent, readTemplate, type SavedTemplate } from './templates.ts';

export type { VersionRow as VersionView };

export interface VersionDetail extends VersionRow {
  /** What has changed since the version to compare with; null where none was named. */
  readonly changes: readonly TemplateChange[] | null;
}

/**
 * The versions of a template, the newest first.
 * @throws {ServiceError} not_found; invalid, where the cursor is not one of this list
 */
export async function findVersions(
  { db }: ServiceContext,
  templateId: string,
  request: PageRequest,
): Promise<PageResult<VersionRow>> {
  await readTemplate(db, templateId);
  const key = { pattern: /^[1-9]\d{0,8}$/, parse: Number, of: ({ version }: VersionRow) => version };
  return await readPageBy(key, request, (page) => listVersions(db, templateId, page));
}

/**
 * @param compareWith the version to compare it with
 * @throws {ServiceError} not_found, where either version does not exist
 */
export async function getVersion(
  { db }: ServiceContext,
  templateId: string,
  version: number,
  compareWith: number | null,
): Promise<VersionDetail> {
  const found = await findVersion(db, templateId, version);
  const other = compareWith === null ? null : await findVersion(db, templateId, compareWith);
  if (found === undefined || other === undefined) throw notFound('version');
  return { ...found, changes: other === null ? null : changesBetween(other, found) };
}

/**
 * Makes the content of an earlier version current again, as a new version; where it is current, nothing changes.
 * @param note why; null for a standard sentence
 * @throws {ServiceError} not_found; conflict, where that content could not be saved now
 */
export async function restoreVersion(
  { db }: ServiceContext,
  caller: Caller,
  wanted: { readonly templateId: string; readonly version: number; readonly note: string | null },
  beforeCommit?: BeforeCommit<SavedTemplate>,
): Promise<SavedTemplate> {
  const { templateId: id, version: number, note } = wanted;
  return await db.transaction().execute(async (trx) => {
    const template = await lockTemplate(trx, id);
    if (template === undefined) throw notFound('template');
    const version = await findVersion(trx, id, number);
    if (version === undefined) throw notFound('version');
    const { faults, warnings } = await examineTemplate(trx, { ...contentOf(version), channel: template.channel });
    if (faults.length > 0) {
      const message = `Version ${number} does not fit any more; see errors.`;
      throw new ServiceError('conflict', 'version_unusable', message, faults);
    }
    if (!isSameContent(template, version)) {
      const change = { content: contentOf(version), author: caller.actor, note: note ?? `Restores version ${number}` };
      await updateTemplate(trx, id, { ...unchanged(template), ...change });
      await auditTemplate(trx, caller, 'restored', id);
    }
    const saved = { template: await readTemplate(trx, id), warnings };
    await beforeCommit?.(trx, saved);
    return saved;
  });
}

function unchanged({ name, category, is_active: isActive }: TemplateRow) {
  return { name, category, isActive };
}
