/** Fields of a header by their names in lower case; the first one of each name. */
export type HeaderFields = ReadonlyMap<string, string>;

/** How much of a header is read: nobody needs more, and each line costs time. */
const MAX_HEADER_LINES = 2_000;
const MAX_VALUE_LENGTH = 64_000;

/** The blocks of fields in a text, which empty lines separate, each unfolded (RFC 5322, section 2.2.3). */
export function readFieldBlocks(text: string): HeaderFields[] {
  return text
    .split(/\n[ \t]*(?=\n)/)
    .map((block) => readFields(block.split('\n')))
    .filter((fields) => fields.size > 0);
}

/** The fields up to the first empty line. */
export function readHeader(text: string): HeaderFields {
  return readHeaderLines(text.replaceAll('\r\n', '\n').replace(/^\n+/, '')).fields;
}

/** The fields up to the first empty line, and where the text goes on after that line. */
export function readHeaderLines(text: string): { fields: HeaderFields; end: number } {
  const lines: string[] = [];
  let start = 0;
  while (start < text.length) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    if (isBlank(text, start, end)) return { fields: readFields(lines), end: Math.min(end + 1, text.length) };
    if (lines.length < MAX_HEADER_LINES) lines.push(text.slice(start, end));
    start = end + 1;
  }
  return { fields: readFields(lines), end: text.length };
}

/** A longer line is none, so that it need not be looked at again and again. */
function isBlank(text: string, start: number, end: number): boolean {
  return end - start < 80 && text.slice(start, end).trim() === '';
}

/** A line that is neither a field nor folded goes on with the field before it: some reporters fold without a space. */
function readFields(lines: readonly string[]): HeaderFields {
  const values = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of lines) {
    const name = /^\s/.test(line) ? undefined : /^([!-9;-~]{1,100})[ \t]*:/.exec(line)?.[1]?.toLowerCase();
    if (name === undefined) {
      current?.push(line.trim());
      continue;
    }
    current = [line.slice(line.indexOf(':') + 1).trim()];
    if (!values.has(name)) values.set(name, current);
  }
  const fields = [...values].map(([name, value]) => [name, value.join(' ').trim().slice(0, MAX_VALUE_LENGTH)] as const);
  return new Map(fields);
}
