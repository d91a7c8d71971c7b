/**
 * The text of a body, whatever its headers promise: many reporters name one charset and write another.
 * @param body one character for each byte
 * @param encoding the Content-Transfer-Encoding, in lower case
 * @param charset as the Content-Type names it; empty for none
 */
export function decodeBody(body: string, encoding: string, charset: string): string {
  const bytes = Buffer.from(transferDecoded(body, encoding), 'latin1');
  const text = decoded(bytes, charset) ?? decoded(bytes, 'utf-8') ?? bytes.toString('latin1');
  return text.replaceAll('\0', '').replace(/\r\n?/g, '\n');
}

function transferDecoded(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('latin1');
  if (encoding !== 'quoted-printable') return body;
  return body
    .replace(/=[ \t]{0,10}\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Null if the bytes are no text of this charset, or nobody knows the charset. */
function decoded(bytes: Buffer, charset: string): string | null {
  if (charset === '') return null;
  try {
    return new TextDecoder(charset === 'us-ascii' ? 'utf-8' : charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
