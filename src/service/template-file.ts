import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, LineCounter, parseDocument, visit } from 'yaml';
import type { TemplateRow } from '../db/templates.ts';
import { TEMPLATE_DEFAULTS } from '../domain/template-content.ts';
import type { Fault } from './service-error.ts';

/*
 * A template as a text that suits git: what it is in YAML between two lines `---`, then its content as it is. One line
 * break is put after the content and taken off again, so that a file ends as editors want it and the content as its
 * author wants it. No line of the YAML can be `---`: what is inside its fields is indented or quoted.
 */

/** Something that is wrong with a file. */
export interface TextFault extends Fault {
  /** Where it is in the file, counted from one; only where the pointer does not say. */
  readonly line?: number;
}

type FileTemplate = Pick<TemplateRow, 'name' | 'channel' | 'content' | keyof typeof TEMPLATE_DEFAULTS>;

const FENCE = '---\n';

/** The file of a template. The same template gives the same bytes. */
export function templateText(template: FileTemplate): string {
  const { name, channel, content } = template;
  const defaults = Object.entries(TEMPLATE_DEFAULTS) as [keyof typeof TEMPLATE_DEFAULTS, unknown][];
  const fields = defaults
    .filter(([field, value]) => !isDeepStrictEqual(template[field], value))
    .map(([field]) => [field, sorted(template[field])]);
  const head = yamlOf({ name, channel, ...Object.fromEntries(fields) });
  return `${FENCE}${head}${FENCE}${content}\n`;
}

/** The fields of the template that a file holds, of any shape, or what is wrong with the file. */
export function readTemplateText(text: string): { fields: Record<string, unknown> } | { faults: TextFault[] } {
  if (text.startsWith('---\r\n')) return { faults: [CRLF_FAULT] };
  const [head, content] = splitText(text);
  if (head === undefined || content === undefined) return { faults: [FENCE_FAULT] };
  const { value, faults } = readYaml(head);
  if (faults.length > 0) return { faults };
  if (Object.hasOwn(value, 'content')) return { faults: [CONTENT_FAULT] };
  return { fields: { ...value, content } };
}

const CRLF_FAULT: TextFault = {
  ...{ pointer: '', line: 1, code: 'changed_line_breaks' },
  message: 'The first line ends with CR LF. Keep files with LF, in git by "* -text" in .gitattributes.',
};

const FENCE_FAULT: TextFault = {
  ...{ pointer: '', line: 1, code: 'no_front_matter' },
  message: 'The file does not begin with a line ---, YAML, and another line ---.',
};

const CONTENT_FAULT: TextFault = {
  ...{ pointer: '/content', code: 'unknown_field' },
  message: 'The content is what follows the second line ---.',
};

function splitText(text: string): string[] {
  if (!text.startsWith(FENCE)) return [];
  // From the line break that ends the first line on, so that there may be nothing between the two.
  const end = `${text}\n`.indexOf(`\n${FENCE}`, FENCE.length - 1);
  if (end < 0) return [];
  const content = text.slice(end + 1 + FENCE.length);
  return [text.slice(FENCE.length, end + 1), content.endsWith('\n') ? content.slice(0, -1) : content];
}

/** Text of several lines as a block, where YAML keeps its spaces, so that a difference shows the line; else quoted. */
function yamlOf(fields: object): string {
  const document = new Document(fields);
  visit(document, {
    Scalar: (key, node) => {
      if (typeof node.value !== 'string' || !node.value.includes('\n')) return;
      const isBlock = key !== 'key' && /^\S/.test(node.value) && !/^[ \t]+$/m.test(node.value);
      node.type = isBlock ? 'BLOCK_LITERAL' : 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY });
}

/** YAML 1.2 without what JSON cannot say. */
function readYaml(head: string): { value: object; faults: TextFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(head, {
    ...{ lineCounter: lines, prettyErrors: false, stringKeys: true, resolveKnownTags: false },
  });
  const faults = mistakesOf(document).map(({ offset, message }) => ({
    // The YAML begins in the second line of the file.
    ...{ pointer: '', code: 'invalid_yaml', line: lines.linePos(offset).line + 1 },
    message: `${message.replace(/\.$/, '')}.`,
  }));
  if (faults.length > 0) return { value: {}, faults };
  // By way of JSON, which is how the database will have it: it knows no -0, for one.
  return { value: JSON.parse(JSON.stringify(document)), faults };
}

function mistakesOf(document: Document.Parsed): { offset: number; message: string }[] {
  const mistakes = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ offset: pos[0], message }));
  if (mistakes.length > 0) return mistakes;
  if (!isMap(document.contents)) mistakes.push({ offset: 0, message: 'This is no mapping of fields' });
  visit(document, {
    Alias: (_, { range }) => {
      mistakes.push({ offset: range?.[0] ?? 0, message: 'Anchors and aliases are not taken' });
    },
    Scalar: (_, { range, value }) => {
      if (typeof value !== 'number' || Number.isFinite(value)) return;
      mistakes.push({ offset: range?.[0] ?? 0, message: 'This is no number that can be kept' });
    },
  });
  return mistakes;
}

/** Objects with their keys in order: the database keeps none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}
