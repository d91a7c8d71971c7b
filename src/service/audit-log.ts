import { type AuditFilter, type AuditRow, listAuditEntries } from '../db/audit-log.ts';
import type { ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';

export type { AuditFilter, AuditRow };

/** Who did what, the newest first. */
export async function findAuditEntries(
  { db }: ServiceContext,
  filter: AuditFilter,
  request: PageRequest,
): Promise<PageResult<AuditRow>> {
  return await readPage(request, (page) => listAuditEntries(db, filter, page));
}
