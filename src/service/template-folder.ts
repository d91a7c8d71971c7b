import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CHANNELS, type Channel } from '../domain/channels.ts';
import { notFound } from './service-error.ts';
import type { TextFault } from './template-file.ts';

/** What a file is by its name: of a template, or where it has no channel, of a layout. */
interface FileIdentity {
  readonly name: string;
  readonly channel: Channel | null;
}

export interface FolderFile extends FileIdentity {
  /** Path below the folder. */
  readonly file: string;
  readonly text: string;
}

export interface FileFault extends TextFault {
  readonly file: string;
}

export type Outcome = 'created' | 'changed' | 'unchanged';

/** What an export or an import has done; nothing where there are faults. Files are in the order of their names. */
export interface FilesReport {
  readonly outcomes: readonly { readonly file: string; readonly outcome: Outcome }[];
  readonly faults: readonly FileFault[];
  readonly warnings: readonly FileFault[];
  /** What the other side does not have: files without a template at an export, the files of templates at an import. */
  readonly leftAlone: readonly string[];
}

const LAYOUTS = 'layouts';
const NAME = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}';
const TEMPLATE_FILE = new RegExp(`^(${NAME})\\.(${CHANNELS.join('|')})\\.md$`);
const LAYOUT_FILE = new RegExp(`^${LAYOUTS}/(${NAME})\\.html$`);

/** The file of a template, or where there is no channel, of a layout. */
export function fileName({ name, channel }: FileIdentity): string {
  return channel === null ? `${LAYOUTS}/${name}.html` : `${name}.${channel}.md`;
}

/** For sorting files by their names, in the same order everywhere. */
export function byFile(one: { readonly file: string }, other: { readonly file: string }): number {
  if (one.file === other.file) return 0;
  return one.file < other.file ? -1 : 1;
}

/**
 * Reads the files of a folder. What begins with a dot and README.md are not looked at.
 * @throws {ServiceError} not_found
 */
export async function readTemplateFolder(folder: string): Promise<{ files: FolderFile[]; faults: FileFault[] }> {
  const files: FolderFile[] = [];
  const faults: FileFault[] = [];
  for (const file of await listFiles(folder)) {
    const identity = identityOf(file);
    const text = identity === null ? null : decode(await readFile(join(folder, file)));
    if (identity === null) faults.push({ file, ...STRANGER_FAULT });
    else if (text === null) faults.push({ file, ...UTF8_FAULT });
    else files.push({ file, ...identity, text });
  }
  return { files, faults };
}

/** Writes files into a folder, which is made where there is none, and leaves others there as they are. */
export async function writeTemplateFolder(
  folder: string,
  files: readonly Pick<FolderFile, 'file' | 'text'>[],
): Promise<FilesReport> {
  await mkdir(folder, { recursive: true });
  const outcomes: { file: string; outcome: Outcome }[] = [];
  for (const { file, text } of files) outcomes.push({ file, outcome: await writeText(join(folder, file), text) });
  const written = new Set(files.map(({ file }) => file));
  const leftAlone = (await listFiles(folder)).filter((file) => identityOf(file) !== null && !written.has(file));
  return { outcomes, faults: [], warnings: [], leftAlone };
}

const STRANGER_FAULT = {
  ...{ pointer: '', code: 'unknown_file' },
  message: `Neither <name>.<channel>.md nor ${LAYOUTS}/<name>.html, with a name as templates and layouts have.`,
};

const UTF8_FAULT = { pointer: '', code: 'invalid_utf8', message: 'The file is not valid UTF-8.' };

function identityOf(file: string): FileIdentity | null {
  const [, name, channel] = TEMPLATE_FILE.exec(file) ?? LAYOUT_FILE.exec(file) ?? [];
  return name === undefined ? null : { name, channel: (channel as Channel | undefined) ?? null };
}

/** Files, and folders that should not be there, in order. */
async function listFiles(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  const layouts = names.includes(LAYOUTS) ? await namesIn(join(folder, LAYOUTS)) : [];
  const files = names.filter((name) => name !== LAYOUTS && name !== 'README.md');
  return [...files, ...layouts.map((name) => `${LAYOUTS}/${name}`)].sort();
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const seen = entries.filter(({ name }) => !name.startsWith('.'));
    // The slash makes a folder something that no file of templates is called.
    return seen.map((entry) => (entry.isDirectory() && entry.name !== LAYOUTS ? `${entry.name}/` : entry.name));
  } catch (error) {
    if (isFileError(error, 'ENOENT', 'ENOTDIR')) throw notFound(`folder: ${folder}`);
    throw error;
  }
}

/** Writes only what changes, so that the times of the other files stay. */
async function writeText(path: string, text: string): Promise<Outcome> {
  const known = await readIfThere(path);
  if (known?.equals(Buffer.from(text)) === true) return 'unchanged';
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return known === null ? 'created' : 'changed';
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return null;
    throw error;
  }
}

/** A byte order mark is part of the text, so that what was written is what is read. */
function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function isFileError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
