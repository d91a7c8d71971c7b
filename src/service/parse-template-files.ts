import type { Channel } from '../domain/channels.ts';
import { jsonPointer } from '../domain/json-pointer.ts';
import { checkLayout } from '../templates/layout-check.ts';
import type { Fault } from './service-error.ts';
import { readTemplateText, type TextFault } from './template-file.ts';
import type { FileFault, FolderFile } from './template-folder.ts';
import type { TemplateInput } from './templates.ts';

/** What the fields of files have to look like, by the HTTP contract. */
export interface FileShapes {
  /** @returns the input where there is no fault */
  template(fields: object, note: string | null): { faults: readonly Fault[]; input?: TemplateInput };
  layoutFaults(html: string): readonly Fault[];
}

interface FileTemplate {
  readonly file: string;
  readonly input: TemplateInput;
}

interface FileLayout {
  readonly file: string;
  readonly name: string;
  readonly html: string;
  /** Names of the message's variables that it reads. */
  readonly variables: readonly string[];
}

/** What files say, and the faults of those that have some. */
export interface ParsedFiles {
  readonly templates: readonly FileTemplate[];
  readonly layouts: readonly FileLayout[];
  readonly faults: readonly FileFault[];
}

/** @param note why the versions are made that the files become */
export function parseTemplateFiles(files: readonly FolderFile[], shapes: FileShapes, note: string | null): ParsedFiles {
  const templates: FileTemplate[] = [];
  const layouts: FileLayout[] = [];
  const faults: FileFault[] = [];
  for (const { file, text, name, channel } of files) {
    if (channel === null) {
      const layout = parseLayout(text, shapes);
      faults.push(...layout.faults.map((fault) => ({ file, ...fault })));
      if (layout.faults.length === 0) layouts.push({ file, name, html: text, variables: layout.variables });
    } else {
      const template = parseTemplate(text, { name, channel }, shapes, note);
      faults.push(...template.faults.map((fault) => ({ file, ...fault })));
      if (template.input !== undefined) templates.push({ file, input: template.input });
    }
  }
  return { templates, layouts, faults };
}

function parseTemplate(
  text: string,
  identity: { readonly name: string; readonly channel: Channel },
  shapes: FileShapes,
  note: string | null,
): { faults: readonly TextFault[]; input?: TemplateInput } {
  const read = readTemplateText(text);
  if ('faults' in read) return read;
  const { faults, input } = shapes.template(read.fields, note);
  if (input === undefined) return { faults };
  const mismatches = (['name', 'channel'] as const).filter((field) => input[field] !== identity[field]);
  if (mismatches.length === 0) return { faults, input };
  return {
    faults: mismatches.map((field) => ({
      ...{ pointer: jsonPointer(field), code: 'not_as_file' },
      message: `The file is named for "${identity[field]}"; both have to be the same.`,
    })),
  };
}

function parseLayout(html: string, shapes: FileShapes): { faults: readonly Fault[]; variables: readonly string[] } {
  const faults = shapes.layoutFaults(html);
  return faults.length > 0 ? { faults, variables: [] } : checkLayout(html);
}
