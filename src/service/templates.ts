import { isDeepStrictEqual } from 'node:util';
import { insertAuditEntry } from '../db/audit-log.ts';
import { type Database, isUniqueViolation } from '../db/database.ts';
import {
  archiveTemplate,
  findTemplate,
  insertTemplate,
  listTemplates,
  lockTemplate,
  type TemplateRow,
  updateTemplate,
} from '../db/templates.ts';
import type { Channel } from '../domain/channels.ts';
import type { TemplatePolicy } from '../domain/policy.ts';
import type { TemplateContent } from '../domain/template-content.ts';
import { VARIABLE_TYPES, type VariableType } from '../templates/variable-types.ts';
import type { VariableDeclarations } from '../templates/variables.ts';
import { type VariablesSchema, variablesSchema } from '../templates/variables-schema.ts';
import type { BeforeCommit, Caller, ServiceContext } from './context.ts';
import { type PageRequest, type PageResult, readPage } from './list-page.ts';
import { policyFaults } from './policy-rules.ts';
import { retentionFaults } from './retention-rules.ts';
import { type Fault, notFound, refuseFaults, ServiceError, type Warning } from './service-error.ts';
import { examineTemplate } from './template-rules.ts';

export interface TemplateInput extends TemplateContent {
  readonly name: string;
  readonly channel: Channel;
  /** What recipients can opt out of apart from a whole channel, such as `marketing`. */
  readonly category: string;
  /** Class of the time for which its messages are kept. */
  readonly retention: string;
  /** What is different from the configured patience for its messages. */
  readonly policy: TemplatePolicy | null;
  readonly isActive: boolean;
  /** Why this version was made; null where nobody said. */
  readonly note: string | null;
}

export type { TemplateRow as TemplateView };

export interface SavedTemplate {
  readonly template: TemplateRow;
  readonly warnings: readonly Warning[];
}

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
  beforeCommit?: BeforeCommit<SavedTemplate>,
): Promise<SavedTemplate> {
  return await withUniqueName(input.name, () =>
    context.db.transaction().execute(async (db) => {
      const { faults, warnings } = await examineTemplate(db, input);
      refuseFaults([...faults, ...settingFaults(context, input)]);
      const id = await addTemplate(db, caller, input);
      const saved = { template: await readTemplate(db, id), warnings };
      await beforeCommit?.(db, saved);
      return saved;
    }),
  );
}

/** @throws {ServiceError} not_found */
export async function getTemplate({ db }: ServiceContext, id: string): Promise<TemplateRow> {
  return await readTemplate(db, id);
}

/**
 * JSON Schema of the variables that a message by this template takes.
 * @throws {ServiceError} not_found
 */
export async function getVariablesSchema({ db }: ServiceContext, id: string): Promise<VariablesSchema> {
  return variablesSchema((await readTemplate(db, id)).variables as VariableDeclarations);
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
): Promise<SavedTemplate> {
  return await withUniqueName(input.name, () =>
    context.db.transaction().execute(async (db) => {
      const known = await lockTemplate(db, id);
      if (known === undefined) throw notFound('template');
      if (!isExpected(known)) {
        throw new ServiceError('stale', 'stale', 'The template has changed since; read it again.');
      }
      const { faults, warnings } = await examineTemplate(db, { ...input, channel: known.channel });
      refuseFaults([...faults, ...settingFaults(context, input)]);
      await replaceTemplate(db, caller, known, input);
      return { template: await readTemplate(db, id), warnings };
    }),
  );
}

/** All that is wrong with a template that is to be stored, or to take the place of a stored one. */
export async function templateFaults(
  context: ServiceContext,
  input: Omit<TemplateInput, 'channel'> & { readonly channel: Channel | null },
  id: string | null,
): Promise<readonly Fault[]> {
  const known = id === null ? undefined : await findTemplate(context.db, id);
  const channel = input.channel ?? known?.channel ?? 'email';
  return await context.db.transaction().execute(async (db) => {
    const { faults } = await examineTemplate(db, { ...input, channel });
    return [...faults, ...settingFaults(context, input)];
  });
}

/** What is wrong with a template's settings, as far as the configuration says. */
export function settingFaults(
  { retention, policy }: Pick<ServiceContext, 'retention' | 'policy'>,
  input: Pick<TemplateInput, 'retention' | 'policy'>,
): Fault[] {
  return [...retentionFaults(retention.messages, input.retention), ...policyFaults(policy, input.policy)];
}

/**
 * Stores a template that was examined.
 * @returns its id
 */
export async function addTemplate(db: Database, caller: Caller, input: TemplateInput): Promise<string> {
  const id = await insertTemplate(db, input, contentOf(input), { author: caller.actor, note: input.note });
  await auditTemplate(db, caller, 'created', id);
  return id;
}

/** Gives a locked template a content that was examined. */
export async function replaceTemplate(
  db: Database,
  caller: Caller,
  known: TemplateRow,
  input: Omit<TemplateInput, 'channel'>,
): Promise<void> {
  const content = isSameContent(known, input) ? null : contentOf(input);
  const { name, category, retention, policy, isActive, note } = input;
  await updateTemplate(db, known.id, {
    name,
    category,
    retention,
    policy,
    isActive,
    content,
    author: caller.actor,
    note,
  });
  await auditTemplate(db, caller, 'changed', known.id);
}

/** @throws {ServiceError} not_found */
export async function removeTemplate({ db }: ServiceContext, caller: Caller, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await archiveTemplate(trx, id))) throw notFound('template');
    await auditTemplate(trx, caller, 'archived', id);
  });
}

export function isSameContent(one: TemplateContent, other: TemplateContent): boolean {
  return isDeepStrictEqual(contentOf(one), contentOf(other));
}

/** The part of a template that a version fixes. */
export function contentOf(template: TemplateContent): TemplateContent {
  const { content, subject, html, format, layout, sms, whatsapp, locales, variables } = template;
  return { content, subject, html, format, layout, sms, whatsapp, locales, variables };
}

/** @throws {ServiceError} not_found */
export async function readTemplate(db: Database, id: string): Promise<TemplateRow> {
  const template = await findTemplate(db, id);
  if (template === undefined) throw notFound('template');
  return template;
}

/** @param verb a past participle */
export async function auditTemplate(db: Database, caller: Caller, verb: string, id: string): Promise<void> {
  const entry = { actor: caller.actor, action: `template.${verb}`, resourceType: 'template', resourceId: id };
  await insertAuditEntry(db, entry);
}

/** @throws {ServiceError} conflict where the name is taken on that channel */
export async function withUniqueName<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!isUniqueViolation(error, 'templates_name_channel')) throw error;
    const message = `There is a template named ${name} for this channel already.`;
    throw new ServiceError('conflict', 'name_taken', message, [{ pointer: '/name', code: 'name_taken', message }]);
  }
}
