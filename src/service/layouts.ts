import { insertAuditEntry } from '../db/audit-log.ts';
import type { Database } from '../db/database.ts';
import {
  archiveLayout,
  findLayout,
  insertLayout,
  type LayoutRow,
  type LayoutSummaryRow,
  type LayoutUse,
  listLayouts,
  listLayoutUses,
  lockLayout,
  updateLayout,
} from '../db/layouts.ts';
import { checkLayout } from '../templates/layout-check.ts';
import type { Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { type Fault, notFound, refuseFaults, ServiceError } from './service-error.ts';

export type { LayoutRow as LayoutView, LayoutSummaryRow as LayoutSummary };

/** @throws {ServiceError} not_found */
export async function getLayout({ db }: Pick<ServiceContext, 'db'>, name: string): Promise<LayoutRow> {
  const layout = await findLayout(db, name);
  if (layout === undefined) throw notFound('layout');
  return layout;
}

/** @throws {ServiceError} invalid, where the cursor is not one of this list */
export async function findLayouts({ db }: ServiceContext, request: PageRequest): Promise<PageResult<LayoutSummaryRow>> {
  return await readPage(request, (page) => listLayouts(db, page));
}

/**
 * Stores a layout under a name, or a new version of the one that has it; the same HTML makes no new version.
 * @param isExpected whether the layout is still as the caller has seen it; it is given null where there is none
 * @throws {ServiceError} invalid, also where a template that uses it would lack a variable; stale where somebody else
 * was first
 */
export async function saveLayout(
  { db }: ServiceContext,
  caller: Caller,
  { name, html }: { readonly name: string; readonly html: string },
  isExpected: (layout: LayoutRow | null) => boolean,
): Promise<{ layout: LayoutRow; isNew: boolean }> {
  const { faults, variables } = checkLayout(html);
  refuseFaults(faults);
  return await db.transaction().execute(async (trx) => {
    const known = await knownOrInserted(trx, caller, { name, html }, isExpected);
    if (known !== null && known.html !== html) {
      refuseFaults(await lackingFaults(trx, name, variables));
      await changeLayout(trx, caller, known.id, html);
    }
    return { layout: await getLayout({ db: trx }, name), isNew: known === null };
  });
}

/** Stores a layout that was checked, in a transaction that will ask its templates whether they lack a variable. */
export async function storeLayout(
  db: Database,
  caller: Caller,
  layout: { readonly name: string; readonly html: string },
): Promise<'created' | 'changed' | 'unchanged'> {
  const known = await knownOrInserted(db, caller, layout, () => true);
  if (known === null) return 'created';
  if (known.html === layout.html) return 'unchanged';
  await changeLayout(db, caller, known.id, layout.html);
  return 'changed';
}

/**
 * Variables that the layout would read and that a template which uses it does not declare.
 * @param isAsked which templates that use it are looked at
 */
export async function lackingFaults(
  db: Database,
  name: string,
  variables: readonly string[],
  isAsked: (template: LayoutUse) => boolean = () => true,
): Promise<Fault[]> {
  const uses = (await listLayoutUses(db, name)).filter(isAsked);
  return uses.flatMap((use) =>
    variables
      .filter((variable) => !Object.hasOwn(use.variables, variable))
      .map((variable) => ({
        ...{ pointer: '/html', code: 'undeclared_variable' },
        message: `The template ${use.name} uses this layout and does not declare the variable "${variable}".`,
      })),
  );
}

/**
 * Takes a layout out of use; messages that were accepted with it still go.
 * @throws {ServiceError} not_found; conflict while templates use it
 */
export async function removeLayout({ db }: ServiceContext, caller: Caller, name: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const layout = await lockLayout(trx, name);
    if (layout === undefined) throw notFound('layout');
    const uses = await listLayoutUses(trx, name);
    if (uses.length > 0) {
      const names = uses.map((use) => use.name).join(', ');
      throw new ServiceError('conflict', 'layout_in_use', `These templates use the layout: ${names}.`);
    }
    await archiveLayout(trx, layout.id);
    await audit(trx, caller, 'archived', layout.id);
  });
}

/** The layout of a name, locked; null where there was none, so that this one is it now. */
async function knownOrInserted(
  db: Database,
  caller: Caller,
  layout: { readonly name: string; readonly html: string },
  isExpected: (layout: LayoutRow | null) => boolean,
): Promise<LayoutRow | null> {
  const known = (await lockLayout(db, layout.name)) ?? null;
  if (!isExpected(known)) throw new ServiceError('stale', 'stale', 'The layout has changed since; read it again.');
  if (known !== null) return known;
  const id = await insertLayout(db, { ...layout, author: caller.actor });
  // Somebody else has stored one of this name meanwhile.
  if (id === null) return await knownOrInserted(db, caller, layout, isExpected);
  await audit(db, caller, 'created', id);
  return null;
}

async function changeLayout(db: Database, caller: Caller, id: string, html: string): Promise<void> {
  await updateLayout(db, id, { html, author: caller.actor });
  await audit(db, caller, 'changed', id);
}

async function audit(db: Database, caller: Caller, verb: string, id: string): Promise<void> {
  const entry = { actor: caller.actor, action: `layout.${verb}`, resourceType: 'layout', resourceId: id };
  await insertAuditEntry(db, entry);
}
