import type { Database } from '../db/database.ts';
import { findAllLayouts } from '../db/layouts.ts';
import { findAllTemplates } from '../db/templates.ts';
import type { ServiceContext } from './context.ts';
import { templateText } from './template-file.ts';
import { byFile, type FileFault, type FilesReport, fileName, writeTemplateFolder } from './template-folder.ts';

/**
 * Writes every template and layout that is not archived as a file. Where two names differ in case only, which many file
 * systems take for the same, nothing is written.
 */
export async function exportTemplates({ db }: Pick<ServiceContext, 'db'>, folder: string): Promise<FilesReport> {
  // As they were at one moment: a template and its layout fit each other.
  const files = await db.transaction().setIsolationLevel('repeatable read').execute(readFiles);
  const faults = twinFaults(files);
  if (faults.length > 0) return { outcomes: [], faults, warnings: [], leftAlone: [] };
  return await writeTemplateFolder(folder, files);
}

async function readFiles(db: Database): Promise<{ file: string; text: string }[]> {
  const templates = await findAllTemplates(db);
  const layouts = await findAllLayouts(db);
  return [
    ...templates.map((template) => ({ file: fileName(template), text: templateText(template) })),
    ...layouts.map(({ name, html }) => ({ file: fileName({ name, channel: null }), text: html })),
  ].sort(byFile);
}

function twinFaults(files: readonly { file: string }[]): FileFault[] {
  const byLowerCase = Map.groupBy(files, ({ file }) => file.toLowerCase());
  return [...byLowerCase.values()].flatMap(([first, ...twins]) =>
    twins.map(({ file }) => ({
      ...{ file, pointer: '/name', code: 'name_taken' },
      message: `Differs from ${first?.file} in case only; many file systems can keep only one of them.`,
    })),
  );
}
