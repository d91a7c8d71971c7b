import { isDeepStrictEqual } from 'node:util';
import { insertAuditEntry } from '../db/audit-log.ts';
import { type Database, isUniqueViolation } from '../db/database.ts';
import {
  archiveTemplate,
  findTemplate,
  insertTemplate,
  listTemplates,
  lockTemplate,
  type TemplateContent,
  type TemplateRow,
  updateTemplate,
} from '../db/templates.ts';
import type { Channel } from '../domain/channels.ts';
import { jsonPointer } from '../domain/json-pointer.ts';
import { checkSource } from '../templates/check.ts';
import { VARIABLE_TYPES, type VariableType } from '../templates/variable-types.ts';
import { checkDeclarations, type VariableDeclarations } from '../templates/variables.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { sourceFaults } from './plan-content.ts';
import { type Fault, notFound, refuseFaults, ServiceError } from './service-error.ts';

export interface TemplateInput {
  readonly name: string;
  readonly channel: Channel;
  readonly content: string;
  readonly subject: string | null;
  readonly html: string | null;
  readonly variables: VariableDeclarations;
  readonly isActive: boolean;
}

export type { TemplateRow as TemplateView };

/** The types that a variable can be declared with. */
export const VARIABLE_TYPE_NAMES = Object.keys(VARIABLE_TYPES) as VariableType[];

export interface TemplateFilter {
  readonly name?: string;
  readonly channel?: Channel;
  readonly isActive?: boolean;
}

/** @throws {ServiceError} invalid; conflict where the name is taken on that channel */
export async function createTemplate(
  context: ServiceContext,
  caller: Caller,
  input: TemplateInput,
  beforeCommit?: BeforeCommit<TemplateRow>,
): Promise<TemplateRow> {
  refuseFaults(templateFaults(input));
  return await withUniqueName(input.name, () =>
    context.db.transaction().execute(async (db) => {
      const { name, channel, isActive } = input;
      const id = await insertTemplate(db, { name, channel, isActive, author: caller.actor, ...contentOf(input) });
      await audit(db, caller, 'created', id);
      const template = await readTemplate(db, id);
      await beforeCommit?.(db, template);
      return template;
    }),
  );
}

/** @throws {ServiceError} not_found */
export async function getTemplate({ db }: ServiceContext, id: string): Promise<TemplateRow> {
  return await readTemplate(db, id);
}

export async function findTemplates(
  { db }: ServiceContext,
  filter: TemplateFilter,
  request: PageRequest,
): Promise<PageResult<TemplateRow>> {
  return await readPage(request, (page) => listTemplates(db, { ...filter, ...page }));
}

/**
 * Changes a template. New content makes a new version; messages that were accepted before keep theirs.
 * @throws {ServiceError} invalid, not_found, conflict, stale where somebody else was first
 */
export async function changeTemplate(
  context: ServiceContext,
  caller: Caller,
  id: string,
  input: Omit<TemplateInput, 'channel'>,
  isExpected: (template: TemplateRow) => boolean,
): Promise<TemplateRow> {
  return await withUniqueName(input.name, () =>
    context.db.transaction().execute(async (db) => {
      const known = await lockTemplate(db, id);
      if (known === undefined) throw notFound('template');
      if (!isExpected(known)) {
        throw new ServiceError('stale', 'stale', 'The template has changed since; read it again.');
      }
      const full = { ...input, channel: known.channel };
      refuseFaults(templateFaults(full));
      const content = isSameContent(known, full) ? null : contentOf(full);
      await updateTemplate(db, id, { name: input.name, isActive: input.isActive, author: caller.actor, content });
      await audit(db, caller, 'changed', id);
      return await readTemplate(db, id);
    }),
  );
}

/** @throws {ServiceError} not_found */
export async function removeTemplate({ db }: ServiceContext, caller: Caller, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await archiveTemplate(trx, id))) throw notFound('template');
    await audit(trx, caller, 'archived', id);
  });
}

/** Everything that is wrong with a template: its Liquid, its declarations, and variables that it does not declare. */
function templateFaults(input: TemplateInput): Fault[] {
  const faults: Fault[] = checkDeclarations(input.variables).map((fault) => ({
    ...fault,
    pointer: `/variables${fault.pointer}`,
  }));
  for (const field of ['content', 'subject', 'html'] as const) {
    const source = input[field];
    if (source === null) continue;
    faults.push(...sourceFaults(source, `/${field}`));
    for (const name of checkSource(source).variables) {
      if (Object.hasOwn(input.variables, name)) continue;
      const message = `The variable "${name}" is used in ${field} and not declared.`;
      faults.push({ pointer: `/variables${jsonPointer(name)}`, code: 'undeclared_variable', message });
    }
  }
  if (input.channel !== 'email') {
    for (const field of ['subject', 'html'] as const) {
      if (input[field] === null) continue;
      const message = `Only email templates have ${field}.`;
      faults.push({ pointer: `/${field}`, code: 'not_for_channel', message });
    }
  }
  return faults;
}

function isSameContent(known: TemplateRow, input: TemplateInput): boolean {
  const { content, subject, html, variables } = known;
  return isDeepStrictEqual({ content, subject, html, variables }, contentOf(input));
}

function contentOf({ content, subject, html, variables }: TemplateInput): TemplateContent {
  return { content, subject, html, variables };
}

async function withUniqueName<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!isUniqueViolation(error, 'templates_name_channel')) throw error;
    const message = `There is a template named ${name} for this channel already.`;
    throw new ServiceError('conflict', 'name_taken', message, [{ pointer: '/name', code: 'name_taken', message }]);
  }
}

async function readTemplate(db: Database, id: string): Promise<TemplateRow> {
  const template = await findTemplate(db, id);
  if (template === undefined) throw notFound('template');
  return template;
}

async function audit(db: Database, caller: Caller, verb: string, id: string): Promise<void> {
  const entry = { actor: caller.actor, action: `template.${verb}`, resourceType: 'template', resourceId: id };
  await insertAuditEntry(db, entry);
}
