import { parseArgs } from 'node:util';
import { createFileShapes } from '../api/template-input.ts';
import { readConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { exportTemplates } from '../service/export-templates.ts';
import { importTemplates } from '../service/import-templates.ts';
import { ServiceError } from '../service/service-error.ts';
import type { FileFault, FilesReport } from '../service/template-folder.ts';
import { sayWhyItEnds } from './last-words.ts';

sayWhyItEnds();

const USAGE = `Usage: npm run templates -- export <folder>
       npm run templates -- import <folder> [--note <text>] [--dry-run]
`;

const command = readCommand(process.argv.slice(2));
if (command === null) {
  process.stderr.write(USAGE);
  process.exit(1);
}
const { verb, folder, note, isDryRun } = command;
const config = readConfig();
const settings = { retention: config.retention, policy: config.policy };
const db = openDatabase({ url: config.database.url.reveal(), poolSize: 1 });
try {
  const report =
    verb === 'export'
      ? await exportTemplates({ db }, folder)
      : await importTemplates({ db, ...settings }, createFileShapes(), folder, { note, isDryRun });
  process.stdout.write(summaryOf(report));
  process.stderr.write(report.faults.map((fault) => `${lineOf(fault)}\n`).join(''));
  if (report.faults.length > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  process.stderr.write([error.message, ...error.faults.map(({ message }) => message), ''].join('\n'));
  process.exitCode = 1;
} finally {
  await db.destroy();
}

/** Null where it cannot be understood. */
function readCommand(args: string[]) {
  try {
    const options = { note: { type: 'string' }, 'dry-run': { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [verb, folder, ...more] = positionals;
    if ((verb !== 'export' && verb !== 'import') || folder === undefined || more.length > 0) return null;
    if (verb === 'export' && Object.keys(values).length > 0) return null;
    return { verb, folder, note: values.note ?? null, isDryRun: values['dry-run'] ?? false };
  } catch (error) {
    // What parseArgs does not know, it throws.
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function summaryOf({ outcomes, faults, warnings, leftAlone }: FilesReport): string {
  if (faults.length > 0) return `Nothing was done; faults: ${faults.length}.\n`;
  const count = (outcome: string) => outcomes.filter((one) => one.outcome === outcome).length;
  const lines = [
    ...outcomes.map(({ file, outcome }) => `${outcome.padEnd(10)} ${file}`),
    ...leftAlone.map((file) => `left alone ${file} (${verb === 'export' ? 'not in the database' : 'no such file'})`),
    ...warnings.map((warning) => `warning    ${lineOf(warning)}`),
    `${count('created')} created, ${count('changed')} changed, ${count('unchanged')} unchanged.`,
    ...(isDryRun ? ['A dry run: nothing was kept.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function lineOf({ file, line, pointer, message }: FileFault): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return pointer === '' ? `${place}: ${message}` : `${place}: ${pointer}: ${message}`;
}
