/** Ways in which one and the same mail may be written; each takes and gives a mail with bare line feeds. */

interface Entity {
  readonly fields: readonly string[];
  readonly body: string;
}

/** The fields of the header in another order, which says nothing (RFC 5322, section 3.6). */
export function withFieldsInOrder(mail: string, order: readonly number[]): string {
  const { fields, body } = take(mail);
  const ranked = fields.map((field, index) => ({ field, rank: order[index % order.length] ?? 0 }));
  return give({ fields: ranked.toSorted((one, other) => one.rank - other.rank).map(({ field }) => field), body });
}

/** The names of the fields in capitals or in small letters. */
export function withNames(mail: string, change: (name: string) => string): string {
  const { fields, body } = take(mail);
  return give({ fields: fields.map((field) => field.replace(/^[^:]+/, change)), body });
}

/** Every field folded at its spaces (RFC 5322, section 2.2.3), except in words that stand in quotes. */
export function withFolding(mail: string, indent: string): string {
  const { fields, body } = take(mail);
  const folded = fields.map((field) =>
    field.includes('"') ? field : field.replace(/([^\s:]) (?=\S)/g, `$1\n${indent}`),
  );
  return give({ fields: folded, body });
}

/** The text in another charset and transfer encoding, if it is one part of plain text that the charset can write. */
export function withEncoding(mail: string, charset: string, encoding: 'base64' | 'quoted-printable' | '8bit'): Buffer {
  const { fields, body } = take(mail);
  const kept = fields.filter((field) => !/^content-(type|transfer-encoding):/i.test(field));
  const type = fields.find((field) => /^content-type:/i.test(field)) ?? 'Content-Type: text/plain';
  const bytes = encodeText(body, charset);
  if (!/^content-type:\s*text\/plain/i.test(type) || bytes === null || kept.length < fields.length - 1)
    return Buffer.from(mail);
  const header = [...kept, `Content-Type: text/plain; charset=${charset}`, `Content-Transfer-Encoding: ${encoding}`];
  return Buffer.concat([Buffer.from(`${header.join('\n')}\n\n`), transferEncoded(bytes, encoding)]);
}

function transferEncoded(bytes: Buffer, encoding: 'base64' | 'quoted-printable' | '8bit'): Buffer {
  if (encoding === '8bit') return bytes;
  if (encoding === 'base64') return Buffer.from(bytes.toString('base64').replace(/.{76}/g, '$&\n'));
  const text = bytes.toString('latin1').replace(/[^\n\x20-\x3c\x3e-\x7e]/g, (byte) => `=${hex(byte)}`);
  return Buffer.from(text.replace(/[^\n]{60}(?=[^\n=]{3})/g, '$&=\n'));
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}

/** Null if the charset lacks a letter. Node only decodes, so each code is decoded once. */
function encodeText(text: string, charset: string): Buffer | null {
  if (charset === 'utf-8') return Buffer.from(text);
  const codes = codesOf(charset);
  const found = [...text].map((letter) => codes.get(letter));
  return found.includes(undefined) ? null : Buffer.from(found.flatMap((code) => code ?? []));
}

const KNOWN = new Map<string, ReadonlyMap<string, number[]>>();

function codesOf(charset: string): ReadonlyMap<string, number[]> {
  const known = KNOWN.get(charset);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(charset);
  const codes = new Map<string, number[]>();
  const keep = (code: number[]) => {
    const letter = decoder.decode(Uint8Array.from(code));
    if ([...letter].length === 1 && letter !== '\ufffd' && !codes.has(letter)) codes.set(letter, code);
  };
  for (let byte = 0; byte < 256; byte += 1) keep([byte]);
  const hasPairs = /^(gb|big5|euc|shift)/.test(charset);
  for (let lead = 0x81; hasPairs && lead < 0xff; lead += 1) {
    for (let trail = 0x40; trail < 0xff; trail += 1) keep([lead, trail]);
  }
  KNOWN.set(charset, codes);
  return codes;
}

function take(mail: string): Entity {
  const end = mail.indexOf('\n\n');
  return { fields: mail.slice(0, end).split(/\n(?![ \t])/), body: mail.slice(end + 2) };
}

function give({ fields, body }: Entity): string {
  return `${fields.join('\n')}\n\n${body}`;
}
