const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Lines of a mail that are read: each costs the parser time, however short it is. */
const MAX_LINES = 3_000;
/** Bytes of its header, which a report of a mail server fills to a tenth; the parser takes each field apart. */
const MAX_HEADER = 64_000;

/**
 * What of a mail is read, so that nobody can make its parser work for long: the first part of its header, and its first
 * lines. Reports come first in a mail, and what came back last.
 */
export function readablePart(raw: Buffer): Buffer {
  const body = startOfBody(raw);
  const header = raw.subarray(0, Math.min(body, MAX_HEADER));
  const rest = raw.subarray(body, endOfLines(raw, body, MAX_LINES));
  return header.length === body
    ? raw.subarray(0, body + rest.length)
    : Buffer.concat([header, Buffer.from('\r\n'), rest]);
}

/** Behind the first empty line; the end of the mail where there is none. */
function startOfBody(raw: Buffer): number {
  for (let start = 0; start < raw.length; start = endOfLine(raw, start)) {
    const end = endOfLine(raw, start);
    const isEmpty = raw[start] === LINE_FEED || (raw[start] === CARRIAGE_RETURN && raw[start + 1] === LINE_FEED);
    if (isEmpty) return end;
  }
  return raw.length;
}

function endOfLines(raw: Buffer, start: number, count: number): number {
  let end = start;
  for (let line = 0; line < count && end < raw.length; line += 1) end = endOfLine(raw, end);
  return end;
}

/** Behind the next line feed. */
function endOfLine(raw: Buffer, start: number): number {
  const at = raw.indexOf(LINE_FEED, start);
  return at === -1 ? raw.length : at + 1;
}
