import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../db/database.ts';
import { findAllLayouts } from '../db/layouts.ts';
import { holdAllTemplates, type TemplateRow } from '../db/templates.ts';
import { MAX_NOTE } from '../domain/template-content.ts';
import type { Caller, ServiceContext } from './context.ts';
import { lackingFaults, storeLayout } from './layouts.ts';
import { type FileShapes, type ParsedFiles, parseTemplateFiles } from './parse-template-files.ts';
import { type Fault, refuseFaults } from './service-error.ts';
import {
  byFile,
  type FileFault,
  type FilesReport,
  fileName,
  type Outcome,
  readTemplateFolder,
} from './template-folder.ts';
import { examineTemplate } from './template-rules.ts';
import {
  addTemplate,
  isSameContent,
  replaceTemplate,
  settingFaults,
  type TemplateInput,
  withUniqueName,
} from './templates.ts';

export interface ImportOptions {
  /** Why the versions are made that it makes. */
  readonly note: string | null;
  /** Do everything and keep nothing. */
  readonly isDryRun: boolean;
}

/**
 * Creates or changes the templates and layouts of a folder, all of them or, where one file has a fault, none. What a
 * file says that is so already makes no new version; what has no file stays as it is.
 * @throws {ServiceError} invalid where the note is too long; not_found where there is no such folder; conflict where
 * somebody else takes a name meanwhile
 */
export async function importTemplates(
  { db, retention, policy }: Pick<ServiceContext, 'db' | 'retention' | 'policy'>,
  shapes: FileShapes,
  folder: string,
  { note, isDryRun }: ImportOptions,
): Promise<FilesReport> {
  if (note !== null && note.length > MAX_NOTE) refuseFaults([NOTE_FAULT]);
  const { files, faults } = await readTemplateFolder(folder);
  const parsed = parseTemplateFiles(files, shapes, note);
  const present = new Set([...files, ...faults].map(({ file }) => file));
  try {
    return await db.transaction().execute(async (trx) => {
      const stored = await storeFiles({ db: trx, retention, policy }, parsed, present);
      const report = inOrder({ ...stored, faults: [...faults, ...parsed.faults, ...stored.faults] });
      if (report.faults.length > 0 || isDryRun) throw new Undone(report);
      return report;
    });
  } catch (error) {
    if (error instanceof Undone) return error.report;
    throw error;
  }
}

const NOTE_FAULT = { pointer: '/note', code: 'too_long', message: `A note has at most ${MAX_NOTE} characters.` };

const CALLER: Caller = { apiKeyId: null, actor: 'command line', scopes: [] };

/** Rolls the transaction back, of an import that is refused or a rehearsal. */
class Undone extends Error {
  override readonly name = 'Undone';
  readonly report: FilesReport;

  constructor(report: FilesReport) {
    super('The import is not kept.');
    this.report = report;
  }
}

/** @param present paths of all files, also of those that could not be used */
async function storeFiles(
  { db, ...settings }: Pick<ServiceContext, 'db' | 'retention' | 'policy'>,
  { templates, layouts }: ParsedFiles,
  present: ReadonlySet<string>,
) {
  const outcomes: { file: string; outcome: Outcome }[] = [];
  const faults: FileFault[] = [];
  const warnings: FileFault[] = [];
  // Templates are held before layouts, which is the order of a change to one template.
  const known = new Map((await holdAllTemplates(db)).map((template) => [fileName(template), template]));
  for (const layout of layouts) outcomes.push({ file: layout.file, outcome: await storeLayout(db, CALLER, layout) });
  for (const { file, input } of templates) {
    const examined = await examineTemplate(db, input);
    examined.faults.push(...settingFaults(settings, input));
    faults.push(
      ...examined.faults.filter((fault) => isOwnFault(fault, input, present)).map((fault) => ({ file, ...fault })),
    );
    if (examined.faults.length > 0) continue;
    const outcome = await storeTemplate(db, known.get(file), input);
    outcomes.push({ file, outcome });
    if (outcome !== 'unchanged') warnings.push(...examined.warnings.map((warning) => ({ file, ...warning })));
  }
  for (const { file, name, variables } of layouts) {
    // Templates with a file have been asked, with what they will be.
    const lacking = await lackingFaults(db, name, variables, (template) => !present.has(fileName(template)));
    faults.push(...lacking.map((fault) => ({ file, ...fault })));
  }
  const stored = [...known.keys(), ...(await findAllLayouts(db)).map(({ name }) => fileName({ name, channel: null }))];
  return { outcomes, faults, warnings, leftAlone: stored.filter((file) => !present.has(file)).sort() };
}

/** A layout that is missing because its file is faulty is no fault of its templates. */
function isOwnFault({ code }: Fault, { layout }: TemplateInput, present: ReadonlySet<string>): boolean {
  return code !== 'unknown_layout' || layout === null || !present.has(fileName({ name: layout, channel: null }));
}

async function storeTemplate(db: Database, known: TemplateRow | undefined, input: TemplateInput): Promise<Outcome> {
  if (known === undefined) {
    await withUniqueName(input.name, () => addTemplate(db, CALLER, input));
    return 'created';
  }
  const isSame = known.category === input.category && known.is_active === input.isActive;
  const isSameSetting = known.retention === input.retention && isDeepStrictEqual(known.policy, input.policy);
  if (isSame && isSameSetting && isSameContent(known, input)) return 'unchanged';
  await replaceTemplate(db, CALLER, known, input);
  return 'changed';
}

/** By file; what is refused is not told as done. */
function inOrder({ outcomes, faults, warnings, leftAlone }: FilesReport): FilesReport {
  if (faults.length > 0) return { outcomes: [], faults: faults.toSorted(byFile), warnings: [], leftAlone: [] };
  return { outcomes: outcomes.toSorted(byFile), faults, warnings: warnings.toSorted(byFile), leftAlone };
}
