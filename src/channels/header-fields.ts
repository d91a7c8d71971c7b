/** Fields of a header by their names in lower case; the first one of each name. */
export type HeaderFields = ReadonlyMap<string, string>;

/** The blocks of fields in a text, which empty lines separate, each unfolded (RFC 5322, section 2.2.3). */
export function readFieldBlocks(text: string): HeaderFields[] {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*(?=\n)/)
    .map(readFields)
    .filter((fields) => fields.size > 0);
}

/** The fields up to the first empty line. */
export function readHeader(text: string): HeaderFields {
  const lines = text.replaceAll('\r\n', '\n').replace(/^\n+/, '');
  const end = lines.search(/\n[ \t]*\n/);
  return readFields(end === -1 ? lines : lines.slice(0, end));
}

function readFields(block: string): HeaderFields {
  const fields = new Map<string, string>();
  for (const line of block.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (/^[!-9;-~]+$/.test(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}
